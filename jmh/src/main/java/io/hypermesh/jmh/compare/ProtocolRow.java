package io.hypermesh.jmh.compare;

import io.hypermesh.jmh.protocol.ProtocolWork;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the protocol costs a packet, without ciphers and system calls: each time in a new JVM. */
final class ProtocolRow implements Row {
  private static final String SEND = "send, ns";
  private static final String RECEIVE = "receive, ns";
  private static final double NANOS_MAX = 150;

  /** So many rounds are compiled code's for certain; and so many give a median. */
  private static final int WARM_UP_ROUNDS_MAX = 20_000;

  private static final int ROUNDS_MAX = 3_000;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @Override
  public String id() {
    return "protocol";
  }

  @Override
  public String summary() {
    return "the protocol's work for a packet, without ciphers and system calls (bars 3 and 6)";
  }

  /** The one process's part. */
  static Role role(Parameters parameters) {
    return new Role() {
      @Override
      public Parameters run(String verb, Parameters arguments)
          throws GeneralSecurityException, IOException {
        return measure(arguments);
      }

      @Override
      public void close() {
        // There is nothing to free.
      }
    };
  }

  private static Parameters measure(Parameters arguments)
      throws GeneralSecurityException, IOException {
    ProtocolWork.Result result =
        ProtocolWork.measure(arguments.number("warm"), arguments.number("rounds"));
    Parameters answer =
        Parameters.NONE
            .with("send", Double.toString(result.sendNanos()))
            .with("receive", Double.toString(result.receiveNanos()))
            .with("allocated", Double.toString(result.allocatedBytes()));
    for (int step = 0; step < ProtocolWork.STEPS.size(); step++) {
      answer = answer.with("step" + step, Double.toString(result.stepNanos()[step]));
    }
    return answer;
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    Section section =
        new Section(
            id(),
            "The protocol's work for a packet of 1452 bytes, without ciphers and system calls");
    Contestant contestant = Contestant.of(GoodputRow.STOQ, "stoq-protocol");
    if (!settings.isWanted(contestant)) {
      return section;
    }
    Map<String, List<Double>> figures = new LinkedHashMap<>();
    try {
      for (int repetition = 0; repetition < settings.repetitions(); repetition++) {
        add(figures, measure(contestant, settings));
      }
    } catch (ContestantException e) {
      section.failed(contestant.title(), String.valueOf(e.getMessage()));
      return section;
    }
    Map<String, Statistic> values = new LinkedHashMap<>();
    figures.forEach((column, each) -> values.put(column, new Statistic(each)));
    section.add(contestant.title(), values);
    section.judgeAtMost(
        "ns on the sending side", section.median(contestant.title(), SEND), NANOS_MAX);
    section.judgeAtMost(
        "ns on the receiving side", section.median(contestant.title(), RECEIVE), NANOS_MAX);
    return section;
  }

  private static Parameters measure(Contestant contestant, Settings settings)
      throws ContestantException, InterruptedException {
    long warm = Math.min(WARM_UP_ROUNDS_MAX, settings.warmUp().toMillis());
    long rounds = Math.min(ROUNDS_MAX, settings.time().toMillis());
    try (ParticipantProcess process =
        ParticipantProcess.start(contestant, "server", Parameters.NONE, settings.serverCores(1))) {
      return process.ask(PATIENCE, "measure", "warm=" + warm, "rounds=" + rounds);
    }
  }

  private static void add(Map<String, List<Double>> figures, Parameters answer) {
    add(figures, SEND, answer.text("send"));
    add(figures, RECEIVE, answer.text("receive"));
    add(figures, "Java bytes allocated, both", answer.text("allocated"));
    for (int step = 0; step < ProtocolWork.STEPS.size(); step++) {
      add(figures, ProtocolWork.STEPS.get(step) + ", ns", answer.text("step" + step));
    }
  }

  private static void add(Map<String, List<Double>> figures, String column, String value) {
    figures.computeIfAbsent(column, _ -> new ArrayList<>()).add(Double.parseDouble(value));
  }
}
