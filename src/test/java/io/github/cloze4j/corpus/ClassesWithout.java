package io.github.cloze4j.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** Loads the classes of a package, and of those within it, anew, as if some libraries were not on the class path. */
final class ClassesWithout extends ClassLoader {
    private final String loaded;
    private final List<String> absent;

    /** @param absent the beginnings of the names of classes that are not found */
    ClassesWithout(String loaded, List<String> absent) {
        super(ClassesWithout.class.getClassLoader());
        this.loaded = loaded + ".";
        this.absent = absent;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (absent.stream().anyMatch(name::startsWith)) {
            throw new ClassNotFoundException(name);
        }
        if (!name.startsWith(loaded)) {
            return super.loadClass(name, resolve);
        }
        Class<?> before = findLoadedClass(name);
        if (before != null) {
            return before;
        }
        try (InputStream bytes = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] code = bytes.readAllBytes();
            return defineClass(name, code, 0, code.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }
}
