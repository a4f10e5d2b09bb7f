package io.github.cloze4j.corpus.parquet;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.files.StrictJson;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Type;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.jspecify.annotations.Nullable;

/**
 * A schema: columns and groups of columns. A list is a group with a repeated one inside, which names of fields leave out.
 *
 * @param element the type and the name
 * @param children the columns of a group; empty for a column
 */
record ColumnTree(SchemaElement element, List<ColumnTree> children) {
    private static final Set<ConvertedType> TEXTS =
            EnumSet.of(ConvertedType.UTF8, ConvertedType.JSON, ConvertedType.ENUM);

    /** The most groups within each other: a damaged schema must not fill the stack. */
    private static final int DEEPEST = 100;

    /** The tree of a schema, whose elements are each before its children; any exception if they are no tree. */
    static ColumnTree of(List<SchemaElement> elements) {
        return of(elements.iterator(), 0);
    }

    private static ColumnTree of(Iterator<SchemaElement> elements, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("groups in groups, more than " + DEEPEST);
        }
        SchemaElement element = elements.next();
        List<ColumnTree> children = new ArrayList<>();
        for (int i = 0; i < element.getNum_children(); i++) {
            children.add(of(elements, depth + 1));
        }
        return new ColumnTree(element, children);
    }

    /**
     * Finds a column of texts below the root.
     *
     * @param field a column's name, or names with dots between them
     * @param file the place for messages
     * @throws CorpusException if there is no such column, or it holds no texts
     */
    TextColumn column(String field, SourceLine file) {
        List<String> parts = child(field) != null ? List.of(field) : List.of(field.split("\\.", -1));
        Way way = new Way();
        ColumnTree at = this;
        boolean list = false;
        for (int depth = 0; depth < parts.size(); depth++) {
            ColumnTree next = at.child(parts.get(depth));
            if (next == null) {
                throw missing(field, String.join(".", parts.subList(0, depth)), at, file);
            }
            at = way.enter(next);
            list = next.isRepeated();
            while (at.isList()) {
                at = way.enter(at.children.get(0));
                at = at.isElement() ? at : way.enter(at.children.get(0));
                list = true;
            }
        }
        if (!at.isText()) {
            throw file.problem(
                    "a column of texts in " + StrictJson.quoted(field),
                    "a column of the type " + at.typeName(),
                    "Name a column that holds text");
        }
        return new TextColumn(field, List.copyOf(way.path), way.descriptor(), list);
    }

    private static CorpusException missing(String field, String outer, ColumnTree at, SourceLine file) {
        String prefix = outer.isEmpty() ? "" : outer + ".";
        return new NamedFields(file, Map.of())
                .missing(
                        field,
                        at.children.stream().map(child -> prefix + child.name()).toList());
    }

    private @Nullable ColumnTree child(String name) {
        return children.stream()
                .filter(child -> child.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private String name() {
        return element.getName();
    }

    private boolean isRepeated() {
        return element.getRepetition_type() == FieldRepetitionType.REPEATED;
    }

    private boolean isList() {
        boolean marked = element.getConverted_type() == ConvertedType.LIST
                || (element.isSetLogicalType() && element.getLogicalType().isSetLIST());
        return marked && children.size() == 1 && children.get(0).isRepeated();
    }

    /** Whether the repeated group of a list is an element itself, as old writers have it, and not a group around one. */
    private boolean isElement() {
        return children.size() != 1 || name().equals("array") || name().endsWith("_tuple");
    }

    private boolean isText() {
        boolean unmarked = !element.isSetConverted_type() && !element.isSetLogicalType();
        return element.getType() == Type.BYTE_ARRAY
                && children.isEmpty()
                && (unmarked
                        || TEXTS.contains(element.getConverted_type())
                        || (element.isSetLogicalType()
                                && element.getLogicalType().isSetSTRING()));
    }

    private String typeName() {
        if (!children.isEmpty()) {
            return "group of "
                    + NamedFields.quoted(children.stream().map(ColumnTree::name).toList());
        }
        return element.getType() + (element.isSetConverted_type() ? " (" + element.getConverted_type() + ")" : "");
    }

    /** The way from the root to a column, which decides the levels of its values. */
    private static final class Way {
        private final List<String> path = new ArrayList<>();
        private int repetitionLevel;
        private int definitionLevel;

        ColumnTree enter(ColumnTree next) {
            path.add(next.name());
            repetitionLevel += next.isRepeated() ? 1 : 0;
            definitionLevel += next.element.getRepetition_type() == FieldRepetitionType.REQUIRED ? 0 : 1;
            return next;
        }

        ColumnDescriptor descriptor() {
            PrimitiveType type =
                    new PrimitiveType(Repetition.OPTIONAL, PrimitiveTypeName.BINARY, path.get(path.size() - 1));
            return new ColumnDescriptor(path.toArray(String[]::new), type, repetitionLevel, definitionLevel);
        }
    }
}
