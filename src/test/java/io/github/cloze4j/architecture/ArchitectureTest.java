package io.github.cloze4j.architecture;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The rooms of {@code docs/architecture.md} and the walls between them. */
class ArchitectureTest {
    private static final String ROOT = "io.github.cloze4j";

    private static final String BAD_ROOT = ROOT + ".architecture.bad";

    private static final ArchitectureRules RULES = new ArchitectureRules(ROOT);

    private static final ArchitectureRules BAD_RULES = new ArchitectureRules(BAD_ROOT);

    /** The directory of this class, however the build names it. */
    private static final String TEST_CLASSES = ArchitectureTest.class
            .getProtectionDomain()
            .getCodeSource()
            .getLocation()
            .getPath();

    private static final JavaClasses CODE = new ClassFileImporter()
            .withImportOption(location -> !location.contains(TEST_CLASSES))
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
            .importPackages(ROOT);

    private static final JavaClasses BAD = new ClassFileImporter().importPackages(BAD_ROOT);

    /** What begins a line of a report: the class, member or initializer that breaks the rule. */
    private static final Pattern OFFENDER = Pattern.compile("(?:Class|Constructor|Field|Method|Static Initializer) <"
            + Pattern.quote(BAD_ROOT) + "[a-z0-9.]*\\.(\\w+)");

    /** The counter-examples of each rule, all in the packages under {@link #BAD_ROOT}. */
    private static final Map<String, Set<String>> OFFENDERS = Map.ofEntries(
            entry("import table", Set.of("SidewaysImport", "CycleUp", "ProviderUser", "UnknownRoom")),
            entry("no cycles", Set.of("CycleUp", "CycleDown")),
            entry("providers behind the SPI", Set.of("ProviderUser")),
            entry("native libraries", Set.of("BlasInTheWrongPlace", "CudaInTheWrongPlace")),
            entry("no ND4J", Set.of("Nd4jInTokenizer")),
            entry("arrays are handles", Set.of("ArrayArithmetic", "ArrayReference")),
            entry("ND4J types of layers", Set.of("Nd4jFactory")),
            entry("standard streams", Set.of("StreamWriter", "TracePrinter")),
            entry("no deserialization", Set.of("JavaDeserializer", "Nd4jReader")),
            entry("seeded draws", Set.of("UnseededDraw", "UnseededMathDraw")),
            entry("optional libraries", Set.of("PicocliUser")),
            entry("null-marked packages", Set.of("Unmarked")));

    @TestFactory
    Stream<DynamicTest> theCodeKeepsEveryRule() {
        return RULES.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(), () -> rule.getValue().check(CODE)));
    }

    @Test
    void theTableKnowsEveryRoom() {
        assertEquals(Set.of(), unknownRooms(RULES, CODE), "Add these rooms to ImportTable and docs/architecture.md");
        assertEquals(Set.of("attic"), unknownRooms(BAD_RULES, BAD));
    }

    @Test
    void everyRoomOfTheTableHoldsClassesUnlessItIsToCome() {
        Set<String> empty = new TreeSet<>(ImportTable.rooms());
        empty.removeAll(rooms(RULES, CODE));
        assertEquals(ImportTable.TO_COME, empty, "ImportTable.TO_COME names the rooms that hold no class yet");
    }

    @Test
    void someClassUsesEveryEdgeThatTheTableAllows() {
        assertEquals(
                Set.of(), unusedEdges(RULES, CODE), "Remove these edges from ImportTable and docs/architecture.md");
        assertTrue(unusedEdges(BAD_RULES, BAD).contains("checkpoint -> tensors"), "no counter-example uses this edge");
    }

    @Test
    void nobodyMayImportTheCommandLineOrTheTestSupport() {
        for (String room : ImportTable.rooms()) {
            assertFalse(ImportTable.imports(room).contains("cli"), room);
            assertFalse(ImportTable.imports(room).contains("testing"), room);
        }
    }

    @Test
    void theTableNamesARoomBeforeThoseThatImportIt() {
        Set<String> above = new HashSet<>();
        for (String room : ImportTable.rooms()) {
            assertTrue(above.containsAll(ImportTable.imports(room)), room);
            above.add(room);
        }
    }

    @Test
    void everyRuleHasCounterExamples() {
        assertEquals(RULES.all().keySet(), OFFENDERS.keySet());
    }

    @TestFactory
    Stream<DynamicTest> aRuleRefusesItsCounterExamplesAndNothingElse() {
        return BAD_RULES.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(), () -> assertEquals(OFFENDERS.get(rule.getKey()), offenders(rule.getValue()))));
    }

    private static Set<String> offenders(ArchRule rule) {
        return rule.evaluate(BAD).getFailureReport().getDetails().stream()
                .flatMap(String::lines)
                .map(OFFENDER::matcher)
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .collect(Collectors.toSet());
    }

    private static Set<String> unknownRooms(ArchitectureRules rules, JavaClasses classes) {
        Set<String> unknown = new TreeSet<>(rooms(rules, classes));
        unknown.removeAll(ImportTable.rooms());
        return unknown;
    }

    private static Set<String> unusedEdges(ArchitectureRules rules, JavaClasses classes) {
        Set<String> unused = new TreeSet<>();
        for (String room : ImportTable.rooms()) {
            ImportTable.imports(room).forEach(imported -> unused.add(edge(room, imported)));
        }
        for (JavaClass type : classes) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (rules.isOurs(target)) {
                    unused.remove(edge(rules.room(type), rules.room(target)));
                }
            }
        }
        return unused;
    }

    private static String edge(String room, String imported) {
        return room + " -> " + imported;
    }

    private static Set<String> rooms(ArchitectureRules rules, JavaClasses classes) {
        return classes.stream()
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .map(rules::room)
                .collect(Collectors.toSet());
    }
}
