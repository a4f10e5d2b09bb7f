package io.github.cloze4j.kernel.cpu;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Whether {@link Math#fma} is one instruction. */
final class FusedMultiplyAdd {
    private FusedMultiplyAdd() {}

    /** False where Java says that it does not use the instruction; true where it says nothing. */
    static boolean isInHardware() {
        try {
            HotSpotDiagnosticMXBean java = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return java == null || !java.getVMOption("UseFMA").getValue().equals("false");
        } catch (IllegalArgumentException | NoClassDefFoundError notHotSpot) {
            return true;
        }
    }
}
