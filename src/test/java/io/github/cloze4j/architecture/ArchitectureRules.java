package io.github.cloze4j.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.io.ObjectInputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The rules that hold the house together, for the rooms under any root package: the project's own, and the
 * counter-examples' that show that each rule bites.
 */
final class ArchitectureRules {
    private static final String[] ND4J = {"org.nd4j..", "org.bytedeco.."};

    private static final Map<String, String> OWNED_LIBRARIES = Map.of(
            "org.apache.parquet", "corpus.parquet",
            "org.bytedeco.dnnl", "kernel.cpu",
            "org.bytedeco.openblas", "kernel.cpu",
            "org.bytedeco.cuda", "kernel.cuda.driver",
            "org.nd4j.linalg.jcublas", "kernel.cuda.driver");

    private final String root;

    ArchitectureRules(String root) {
        this.root = root;
    }

    /** Every rule by its name. */
    Map<String, ArchRule> all() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        rules.put("import table", importTable());
        rules.put("no cycles", noCycles());
        rules.put("providers behind the SPI", providersBehindTheSpi());
        rules.put("native libraries", nativeLibraries());
        rules.put("no ND4J", noNd4j());
        rules.put("arrays are handles", arraysAreHandles());
        rules.put("ND4J types of layers", nd4jTypesOfLayers());
        rules.put("standard streams", standardStreams());
        rules.put("no deserialization", noDeserialization());
        rules.put("seeded draws", seededDraws());
        rules.put("optional libraries", optionalLibraries());
        rules.put("null-marked packages", nullMarkedPackages());
        return rules;
    }

    /** The room of a class: the first name of its package below the root, all names below {@code kernel}. */
    String room(JavaClass type) {
        String below = type.getPackageName().substring(root.length());
        if (below.isEmpty()) {
            return "";
        }
        String[] names = below.substring(1).split("\\.");
        return names[0].equals("kernel") ? below.substring(1) : names[0];
    }

    private ArchRule importTable() {
        return ours().should(new ArchCondition<>("import as the table allows") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (isOurs(target) && !ImportTable.allows(room(type), room(target))) {
                        events.add(SimpleConditionEvent.violated(
                                type,
                                "Expected " + room(type) + " to import only " + ImportTable.imports(room(type)) + ". "
                                        + dependency.getDescription()));
                    }
                }
            }
        });
    }

    /** The packages of a room are free of cycles too; only the commands are made by a class that they use. */
    private ArchRule noCycles() {
        return slices().matching(root + ".(**)").should().beFreeOfCycles().ignoreDependency(in("cli"), in("cli"));
    }

    private ArchRule providersBehindTheSpi() {
        String providers = root + ".kernel.*..";
        return noClasses()
                .that(resideInAPackage(root + ".."))
                .and(not(resideInAPackage(providers)))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(providers);
    }

    private ArchRule nativeLibraries() {
        return ours().should(new ArchCondition<>("leave libraries to the package that owns them") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String target =
                            dependency.getTargetClass().getBaseComponentType().getPackageName() + ".";
                    OWNED_LIBRARIES.forEach((library, owner) -> {
                        String inside = type.getPackageName() + ".";
                        if (target.startsWith(library + ".") && !inside.startsWith(root + "." + owner + ".")) {
                            events.add(SimpleConditionEvent.violated(
                                    type, "Expected " + owner + " only. " + dependency.getDescription()));
                        }
                    });
                }
            }
        });
    }

    private ArchRule noNd4j() {
        return noClasses()
                .that(in("files", "tensors", "tokenizer", "corpus", "random", "checkpoint", "data"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(ND4J);
    }

    /** To nn and model an array is a handle that they pass on: on a GPU its content is somewhere else. */
    private ArchRule arraysAreHandles() {
        return noClasses()
                .that(in("nn", "model"))
                .should(accessTargetWhere(
                        describe("the target is a member of INDArray", (JavaAccess<?> access) -> access.getTargetOwner()
                                .isAssignableTo(INDArray.class))));
    }

    private ArchRule nd4jTypesOfLayers() {
        return noClasses()
                .that(in("nn", "model"))
                .should(dependOnClassesThat(resideInAnyPackage(ND4J)
                        .and(not(describe(
                                "INDArray or DataType",
                                type -> type.isEquivalentTo(INDArray.class) || type.isEquivalentTo(DataType.class))))));
    }

    private ArchRule standardStreams() {
        return noClasses()
                .that(resideInAPackage(root + ".."))
                .and(not(in("cli")))
                .should(ACCESS_STANDARD_STREAMS)
                .orShould()
                .accessField(System.class, "in");
    }

    private ArchRule noDeserialization() {
        return noClasses()
                .that(resideInAPackage(root + ".."))
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectInputStream.class)
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("SerializationUtils")
                .orShould(accessTargetWhere(describe(
                        "the target is one of Nd4j.read*",
                        (JavaAccess<?> access) -> access.getTargetOwner().isEquivalentTo(Nd4j.class)
                                && access.getTarget().getName().startsWith("read"))));
    }

    /** Every draw comes from {@code random}, so that a seed decides it. */
    private ArchRule seededDraws() {
        return noClasses()
                .that(resideInAPackage(root + ".."))
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Random.class)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.SplittableRandom")
                .orShould()
                .callMethod(Math.class, "random")
                .orShould()
                .callMethod(Collections.class, "shuffle", List.class)
                .orShould(accessTargetWhere(describe(
                        "the target is one of Nd4j.rand*",
                        (JavaAccess<?> access) -> access.getTargetOwner().isEquivalentTo(Nd4j.class)
                                && access.getTarget().getName().matches("(?i)(get)?rand.*"))));
    }

    /** Users of the library do not get what only the command line needs. */
    private ArchRule optionalLibraries() {
        return noClasses()
                .that(resideInAPackage(root + ".."))
                .and(not(in("cli")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("picocli..", "org.slf4j.simple..");
    }

    private ArchRule nullMarkedPackages() {
        return ours().should(new ArchCondition<>("have a package-info with @NullMarked") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage()
                        .tryGetPackageInfo()
                        .map(info -> info.isAnnotatedWith(NullMarked.class))
                        .orElse(false);
                if (!marked) {
                    events.add(SimpleConditionEvent.violated(
                            type, type.getDescription() + " is in a package without one"));
                }
            }
        });
    }

    private GivenClassesConjunction ours() {
        return classes().that(resideInAPackage(root + ".."));
    }

    /** Whether a class is of a package under the root. */
    boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(root) || type.getPackageName().startsWith(root + ".");
    }

    private DescribedPredicate<JavaClass> in(String... rooms) {
        Set<String> wanted = Set.copyOf(Arrays.asList(rooms));
        return describe("are in " + String.join(", ", rooms), type -> isOurs(type) && wanted.contains(room(type)));
    }
}
