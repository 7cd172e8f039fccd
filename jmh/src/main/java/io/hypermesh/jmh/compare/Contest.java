package io.hypermesh.jmh.compare;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has contestants take turns: each is started and warms up, and then each repetition measures one
 * after the other, while the others' processes wait for a command. Whoever fails is out, and its
 * line says why; the others go on.
 */
final class Contest {
  private static final Duration ANSWER_MAX = Duration.ofMinutes(1);

  /** What a contestant does while it is measured. */
  interface Discipline {
    /**
     * Works for so long, without being measured.
     *
     * @throws ContestantException where it fails
     */
    void warmUp(Pair pair, Duration time) throws ContestantException, InterruptedException;

    /**
     * Works for so long, and tells what came of it.
     *
     * @return figures by the names of their columns
     */
    Map<String, Double> measure(Pair pair, Duration time)
        throws ContestantException, InterruptedException;
  }

  /**
   * A contestant's two processes.
   *
   * @param contestant whose
   * @param server listens
   * @param client has connected to it
   */
  record Pair(Contestant contestant, ParticipantProcess server, ParticipantProcess client)
      implements AutoCloseable {
    @Override
    public void close() {
      client.close();
      server.close();
    }
  }

  /** A contestant with what it has done so far. */
  private static final class Entry {
    private final Contestant contestant;
    private final Map<String, List<Double>> figures = new LinkedHashMap<>();
    private @Nullable Pair pair;
    private @Nullable String failure;

    Entry(Contestant contestant) {
      this.contestant = contestant;
    }

    void fail(ContestantException cause) {
      failure = String.valueOf(cause.getMessage());
      end();
    }

    void end() {
      Pair running = pair;
      pair = null;
      if (running != null) {
        running.close();
      }
    }
  }

  private final Settings settings;
  private final int coresEach;

  /**
   * @param coresEach how many cores a server has, and how many a client
   */
  Contest(Settings settings, int coresEach) {
    this.settings = settings;
    this.coresEach = coresEach;
  }

  /** Runs, and adds a line for each contestant that is wanted. */
  void run(List<Contestant> contestants, Discipline discipline, Section section)
      throws InterruptedException {
    List<Entry> entries = new ArrayList<>();
    contestants.stream().filter(settings::isWanted).map(Entry::new).forEach(entries::add);
    try {
      for (Entry entry : entries) {
        attempt(
            entry,
            () -> {
              Pair pair = start(entry.contestant);
              entry.pair = pair;
              Progress.say(section.id() + ": " + entry.contestant.title() + " warms up");
              discipline.warmUp(pair, settings.warmUp());
            });
      }
      for (int repetition = 1; repetition <= settings.repetitions(); repetition++) {
        for (Entry entry : entries) {
          repeat(entry, discipline, section, repetition);
        }
      }
    } finally {
      entries.forEach(Entry::end);
    }
    entries.forEach(entry -> tell(entry, section));
  }

  private void repeat(Entry entry, Discipline discipline, Section section, int repetition)
      throws InterruptedException {
    attempt(
        entry,
        () -> {
          Pair pair = entry.pair;
          if (pair == null) {
            return;
          }
          Map<String, Double> measured = discipline.measure(pair, settings.time());
          measured.forEach((column, value) ->
              entry.figures.computeIfAbsent(column, _ -> new ArrayList<>()).add(value));
          Progress.say(
              section.id() + ": " + entry.contestant.title() + " " + repetition + ": " + measured);
        });
  }

  private interface Attempt {
    void run() throws ContestantException, InterruptedException;
  }

  private static void attempt(Entry entry, Attempt attempt) throws InterruptedException {
    try {
      attempt.run();
    } catch (ContestantException e) {
      Progress.say(entry.contestant.title() + " is out: " + e.getMessage());
      entry.fail(e);
    }
  }

  private static void tell(Entry entry, Section section) {
    String failure = entry.failure;
    if (failure != null) {
      section.failed(entry.contestant.title(), failure);
      return;
    }
    Map<String, Statistic> values = new LinkedHashMap<>();
    entry.figures.forEach((column, figures) -> values.put(column, new Statistic(figures)));
    section.add(entry.contestant.title(), values);
  }

  /** Starts both processes. */
  Pair start(Contestant contestant) throws ContestantException, InterruptedException {
    Parameters shared =
        Parameters.NONE
            .with("directory", settings.directory().toString())
            .with("cores", Integer.toString(coresEach));
    ParticipantProcess server =
        ParticipantProcess.start(contestant, "server", shared, settings.serverCores(coresEach));
    try {
      Parameters forClient = shared.with("port", server.greeting().text("port"));
      return new Pair(
          contestant,
          server,
          ParticipantProcess.start(
              contestant, "client", forClient, settings.clientCores(coresEach)));
    } catch (ContestantException | InterruptedException e) {
      server.close();
      throw e;
    }
  }

  /** Asks with the deadline of what takes no time. */
  static Parameters ask(ParticipantProcess process, String... words)
      throws ContestantException, InterruptedException {
    return process.ask(ANSWER_MAX, words);
  }

  /** Waits while processes work. */
  static void wait(Duration time) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(time.toNanos());
  }
}
