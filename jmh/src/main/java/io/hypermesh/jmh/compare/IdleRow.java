package io.hypermesh.jmh.compare;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Connections that are open and idle: what each costs in memory, in the heap after a collection and
 * outside of it together, and whether it still answers.
 *
 * <p>The heap has its full size, touched, from the start: what is resident grows by what lies
 * outside of it.
 */
final class IdleRow implements Row {
  private static final String EACH = "bytes each, server";
  private static final double BYTES_EACH_MAX = 4_096;
  private static final double PERCENT = 100;

  /** More would take minutes with quiche, and wouldn't change what one costs. */
  private static final int QUICHE_CONNECTIONS_MAX = 10_000;

  private static final int WARM_UP_CONNECTIONS = 500;
  private static final long HEAP_BASE_MIB = 512;
  private static final long HEAP_BYTES_EACH = 24 << 10;

  /** Of the machine's memory, for each of the two processes. */
  private static final double HEAP_SHARE_MAX = 0.35;

  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** Time to shrink in, where there is as much time to warm up. */
  private static final Duration SETTLE_MAX = Duration.ofSeconds(10);

  private static final Duration OPEN_MAX = Duration.ofMinutes(20);
  private static final long ANSWERS_NANOS_MAX = TimeUnit.MINUTES.toNanos(2);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  private final String id;
  private final int connectionsMin;

  /**
   * @param connectionsMin how many there are, where the command line doesn't ask for more
   */
  IdleRow(String id, int connectionsMin) {
    this.id = id;
    this.connectionsMin = connectionsMin;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public String summary() {
    return "memory of idle connections, all answering a ping afterwards (bar 5)";
  }

  /** Waits until as many have answered as were asked, for a while; tells how many. */
  static Parameters awaitAnswers(AtomicInteger answers, int asked) {
    long deadline = System.nanoTime() + ANSWERS_NANOS_MAX;
    while (answers.get() < asked && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return Parameters.NONE
        .with("asked", Integer.toString(asked))
        .with("answered", Integer.toString(answers.get()));
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    int connections = Math.max(connectionsMin, settings.connections());
    Section section =
        new Section(id, "Idle connections, heap and native memory beyond the baseline");
    run(settings, section, GoodputRow.STOQ, "stoq-idle", connections);
    run(
        settings,
        section,
        GoodputRow.QUICHE,
        "netty-idle",
        Math.min(connections, QUICHE_CONNECTIONS_MAX));
    section.judgeAtMost(
        "bytes of an idle connection of STOQ's server",
        section.median(GoodputRow.STOQ, EACH),
        BYTES_EACH_MAX);
    return section;
  }

  private static void run(
      Settings settings, Section section, String title, String program, int connections)
      throws InterruptedException {
    long heap =
        Math.min(
            HEAP_BASE_MIB + ((connections * HEAP_BYTES_EACH) >> 20),
            (long) (SYSTEM.getTotalMemorySize() * HEAP_SHARE_MAX) >> 20);
    Contestant contestant =
        Contestant.of(
                title,
                program,
                "heap=" + heap + "m",
                "connections=" + (connections + WARM_UP_CONNECTIONS))
            .withOptions("-Xms" + heap + "m", "-XX:+AlwaysPreTouch");
    if (!settings.isWanted(contestant)) {
      return;
    }
    Progress.say(section.id() + ": " + title + " opens " + connections);
    try (Contest.Pair pair = new Contest(settings, 1).start(contestant)) {
      Duration settle =
          settings.warmUp().compareTo(SETTLE_MAX) < 0 ? settings.warmUp() : SETTLE_MAX;
      section.add(title, measure(pair, connections, settle));
    } catch (ContestantException e) {
      section.failed(title, String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, Statistic> measure(Contest.Pair pair, int connections, Duration settle)
      throws ContestantException, InterruptedException {
    // Classes and compiled code belong to the baseline, and so does what a first burst leaves.
    open(pair, WARM_UP_CONNECTIONS);
    Parameters _ = pair.client().ask(OPEN_MAX, "ping");
    Contest.wait(settle);
    Parameters serverBefore = pair.server().ask(OPEN_MAX, "memory");
    Parameters clientBefore = pair.client().ask(OPEN_MAX, "memory");
    long start = System.nanoTime();
    open(pair, connections);
    double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
    Contest.wait(settle);
    Parameters server = pair.server().ask(OPEN_MAX, "memory");
    Parameters client = pair.client().ask(OPEN_MAX, "memory");
    Parameters ping = pair.client().ask(OPEN_MAX, "ping");
    Map<String, Statistic> values = new LinkedHashMap<>();
    values.put("connections", Statistic.of(connections));
    values.put(EACH, each(serverBefore, server, connections, "heap", "native"));
    values.put("of it heap", each(serverBefore, server, connections, "heap"));
    values.put("bytes each, client", each(clientBefore, client, connections, "heap", "native"));
    values.put("seconds to open", Statistic.of(seconds));
    values.put(
        "answer a ping, %", Statistic.of(ping.big("answered") * PERCENT / ping.big("asked")));
    return values;
  }

  private static void open(Contest.Pair pair, int count)
      throws ContestantException, InterruptedException {
    Parameters _ = pair.client().ask(OPEN_MAX, "open", "count=" + count);
  }

  private static Statistic each(
      Parameters before, Parameters after, int connections, String... names) {
    double bytes = 0;
    for (String name : names) {
      bytes += after.big(name) - before.big(name);
    }
    return Statistic.of(bytes / connections);
  }
}
