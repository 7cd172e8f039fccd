package io.hypermesh;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.hypermesh.ledger.state.forbidden.ImpureMachine;
import io.hypermesh.stoq.forbidden.KnowsTheLedger;
import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * The house's rules, over the classes of all four libraries. They go by the names of packages, so
 * they hold for whatever is added under them.
 */
class ArchitectureTest {
  private static final String[] HYPERMESH_CORE = {
    "io.hypermesh.asset..",
    "io.hypermesh.adapter..",
    "io.hypermesh.codec..",
    "io.hypermesh.ledger..",
    "io.hypermesh.node..",
    "io.hypermesh.metrics.."
  };

  /** Where protocol and ledger state machines are. I/O has packages of its own beside them. */
  private static final String[] STATE_MACHINES = {
    "io.hypermesh.stoq.packet..",
    "io.hypermesh.stoq.recovery..",
    "io.hypermesh.stoq.stream..",
    "io.hypermesh.stoq.handshake..",
    "io.hypermesh.stoq.connection..",
    "io.hypermesh.stoq.endpoint..",
    "io.hypermesh.stoq.ring..",
    "io.hypermesh.byzantine.message..",
    "io.hypermesh.byzantine.consensus..",
    "io.hypermesh.byzantine.viewchange..",
    "io.hypermesh.byzantine.checkpoint..",
    "io.hypermesh.byzantine.detection..",
    "io.hypermesh.byzantine.isolation..",
    "io.hypermesh.byzantine.client..",
    "io.hypermesh.trustchain.transparency..",
    "io.hypermesh.asset..",
    "io.hypermesh.codec..",
    "io.hypermesh.ledger.state..",
    "io.hypermesh.ledger.wire.."
  };

  private static final String[] IO_PACKAGES = {
    "java.nio.channels..", "java.nio.file..", "java.util.concurrent.locks..", "java.net.http.."
  };

  private static final Set<String> IO_CLASSES =
      Set.of(
          "java.lang.Thread$Builder",
          "java.util.Timer",
          "java.util.concurrent.Executor",
          "java.util.concurrent.ExecutorService",
          "java.util.concurrent.Executors",
          "java.util.concurrent.ScheduledExecutorService",
          "java.util.concurrent.CompletableFuture",
          "java.util.concurrent.ForkJoinPool",
          "java.util.concurrent.ThreadLocalRandom",
          "java.net.Socket",
          "java.net.ServerSocket",
          "java.net.DatagramSocket",
          "java.net.MulticastSocket",
          "java.io.File",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.RandomAccessFile");

  /** Clocks and random sources are passed in; these calls would make one. */
  private static final Map<String, Set<String>> CALLS =
      Map.of(
          "java.lang.System", Set.of("nanoTime", "currentTimeMillis"),
          "java.time.Instant", Set.of("now"),
          "java.time.LocalDateTime", Set.of("now"),
          "java.time.ZonedDateTime", Set.of("now"),
          "java.time.InstantSource", Set.of("system"),
          "java.time.Clock", Set.of("systemUTC", "systemDefaultZone", "system"),
          "java.lang.Math", Set.of("random"),
          "java.util.UUID", Set.of("randomUUID"),
          "java.security.SecureRandom", Set.of("<init>", "getInstanceStrong", "getInstance"),
          "java.util.random.RandomGenerator", Set.of("getDefault", "of"));

  private static final Map<String, Set<String>> EXPORTS =
      Map.of(
          "io.hypermesh.trustchain", Set.of("io.hypermesh.trustchain"),
          "io.hypermesh.stoq",
              Set.of(
                  "io.hypermesh.stoq",
                  "io.hypermesh.stoq.driver",
                  "io.hypermesh.stoq.ipc",
                  "io.hypermesh.stoq.simulation"),
          "io.hypermesh.byzantine",
              Set.of("io.hypermesh.byzantine", "io.hypermesh.byzantine.simulation"),
          "io.hypermesh",
              Set.of(
                  "io.hypermesh.adapter",
                  "io.hypermesh.asset",
                  "io.hypermesh.ledger",
                  "io.hypermesh.metrics",
                  "io.hypermesh.node"));

  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.hypermesh");

  private static ArchRule mayNotKnow(String[] those, String[] others) {
    return noClasses()
        .that()
        .resideInAnyPackage(those)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        .allowEmptyShould(true);
  }

  private static List<ArchRule> directions() {
    String[] trustchain = {"io.hypermesh.trustchain.."};
    String[] stoq = {"io.hypermesh.stoq.."};
    String[] byzantine = {"io.hypermesh.byzantine.."};
    return List.of(
        mayNotKnow(trustchain, stoq),
        mayNotKnow(trustchain, byzantine),
        mayNotKnow(trustchain, HYPERMESH_CORE),
        mayNotKnow(stoq, trustchain),
        mayNotKnow(stoq, byzantine),
        mayNotKnow(stoq, HYPERMESH_CORE),
        mayNotKnow(byzantine, trustchain),
        mayNotKnow(byzantine, stoq),
        mayNotKnow(byzantine, HYPERMESH_CORE),
        mayNotKnow(
            new String[] {"io.hypermesh.asset.."},
            new String[] {
              "io.hypermesh.adapter..", "io.hypermesh.ledger..", "io.hypermesh.node.."
            }),
        mayNotKnow(
            new String[] {"io.hypermesh.adapter.."},
            new String[] {"io.hypermesh.ledger..", "io.hypermesh.node.."}),
        mayNotKnow(
            new String[] {"io.hypermesh.ledger.."},
            new String[] {"io.hypermesh.adapter..", "io.hypermesh.node.."}),
        mayNotKnow(
            new String[] {"io.hypermesh.ledger.state..", "io.hypermesh.ledger.wire.."},
            new String[] {"io.hypermesh.ledger.journal.."}));
  }

  private static List<ArchRule> purity() {
    DescribedPredicate<JavaClass> named =
        DescribedPredicate.describe(
            "threads, sockets and files", type -> IO_CLASSES.contains(type.getName()));
    return List.of(
        mayNotKnow(STATE_MACHINES, IO_PACKAGES),
        noClasses()
            .that()
            .resideInAnyPackage(STATE_MACHINES)
            .should()
            .dependOnClassesThat(named)
            .allowEmptyShould(true),
        noClasses()
            .that()
            .resideInAnyPackage(STATE_MACHINES)
            .should()
            .callCodeUnitWhere(makesAClockOrARandomSource())
            .allowEmptyShould(true),
        // A hint to the processor is no wait: all else of Thread is.
        noClasses()
            .that()
            .resideInAnyPackage(STATE_MACHINES)
            .should()
            .callCodeUnitWhere(
                target(owner(name("java.lang.Thread")))
                    .and(DescribedPredicate.not(target(name("onSpinWait")))))
            .allowEmptyShould(true),
        noClasses()
            .that()
            .resideInAnyPackage(STATE_MACHINES)
            .should(haveSynchronizedMethods())
            .allowEmptyShould(true));
  }

  private static DescribedPredicate<JavaCall<?>> makesAClockOrARandomSource() {
    DescribedPredicate<JavaCall<?>> makes = DescribedPredicate.alwaysFalse();
    for (Map.Entry<String, Set<String>> calls : CALLS.entrySet()) {
      for (String method : calls.getValue()) {
        makes = makes.or(target(owner(name(calls.getKey()))).and(target(name(method))));
      }
    }
    // new Random() takes its seed from the clock; new Random(seed) does not.
    return makes.or(
        DescribedPredicate.describe(
            "new Random()",
            (JavaAccess<?> call) ->
                call.getTargetOwner().getName().equals("java.util.Random")
                    && call.getTarget().getFullName().equals("java.util.Random.<init>()")));
  }

  private static ArchCondition<JavaClass> haveSynchronizedMethods() {
    return new ArchCondition<>("have synchronized methods") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getMethods().stream()
            .filter(method -> method.getModifiers().contains(JavaModifier.SYNCHRONIZED))
            .forEach(method ->
                events.add(SimpleConditionEvent.satisfied(method, method.getDescription())));
      }
    };
  }

  @Test
  void shouldLetNoFoundationKnowAnother() {
    directions().forEach(rule -> rule.check(HOUSE));
  }

  @Test
  void shouldKeepThreadsFilesClocksAndChanceOutOfStateMachines() {
    purity().forEach(rule -> rule.check(HOUSE));
  }

  @Test
  void shouldHaveClassesToJudge() {
    assertThat(HOUSE.that(resideInAnyPackage(STATE_MACHINES)).size()).isGreaterThan(20);
  }

  @Test
  void shouldExportOnlyRootAndSpiPackages() throws IOException {
    Set<String> seen = new TreeSet<>();
    for (URL url :
        Collections.list(getClass().getClassLoader().getResources("module-info.class"))) {
      try (InputStream input = url.openStream()) {
        ModuleDescriptor module = ModuleDescriptor.read(input);
        if (EXPORTS.containsKey(module.name())) {
          seen.add(module.name());
          assertThat(module.exports())
              .as("exports of %s", module.name())
              .extracting(ModuleDescriptor.Exports::source)
              .isSubsetOf(EXPORTS.get(module.name()));
        }
      }
    }
    assertThat(seen).isEqualTo(new TreeSet<>(EXPORTS.keySet()));
  }

  @Test
  void shouldCatchAMachineThatIsNotPure() {
    JavaClasses bad = new ClassFileImporter().importClasses(ImpureMachine.class);
    assertThat(purity()).allSatisfy(rule -> assertThat(rule.evaluate(bad).hasViolation()).isTrue());
    String report =
        purity().stream()
            .flatMap(rule -> rule.evaluate(bad).getFailureReport().getDetails().stream())
            .reduce("", String::concat);
    assertThat(report)
        .contains("nanoTime")
        .contains("SecureRandom")
        .contains("java.util.Random.<init>()")
        .contains("ReentrantLock")
        .contains("java.lang.Thread")
        .contains("java.nio.file.Files")
        .contains("DatagramSocket")
        .contains("lockedStep");
  }

  @Test
  void shouldCatchAFoundationThatKnowsAnother() {
    JavaClasses bad = new ClassFileImporter().importClasses(KnowsTheLedger.class);
    assertThat(directions().stream().filter(rule -> rule.evaluate(bad).hasViolation())).hasSize(2);
  }
}
