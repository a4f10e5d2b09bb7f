package io.github.cloze4j.kernel;

import com.sun.jna.Function;
import com.sun.jna.Platform;

/** The environment of native libraries, which read it when they are loaded: what is set later has no effect. */
public final class NativeEnvironment {
    private NativeEnvironment() {}

    /**
     * Lets OpenMP's idle threads sleep. They spin after each product and take the cores from the threads that come next:
     * measured 10 times slower steps on 2 busy cores. A user's own setting stays.
     */
    public static void letIdleThreadsSleep() {
        if (Platform.isLinux()) {
            int keepExisting = 0;
            Function.getFunction("c", "setenv").invokeInt(new Object[] {"GOMP_SPINCOUNT", "0", keepExisting});
        }
    }
}
