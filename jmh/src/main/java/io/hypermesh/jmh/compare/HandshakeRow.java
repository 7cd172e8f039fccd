package io.hypermesh.jmh.compare;

import java.util.List;

/** Handshakes with certificates on both sides, one after the other. */
final class HandshakeRow implements Row {
  private static final double MEDIAN_MILLIS_MAX = 0.8;

  @Override
  public String id() {
    return "handshakes";
  }

  @Override
  public String summary() {
    return "handshakes with certificates on both sides, one after the other (bar 4)";
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    Section section =
        new Section(
            id(),
            "Handshakes, one after the other on [::1], P-256 certificates on both sides, X25519");
    new Contest(settings, 1)
        .run(
            List.of(
                Contestant.of(GoodputRow.STOQ, "stoq-handshakes"),
                Contestant.of(GoodputRow.QUICHE, "netty-handshakes")),
            new HandshakeDiscipline(),
            section);
    section.judgeAtMost(
        "STOQ's median in ms",
        section.median(GoodputRow.STOQ, HandshakeDiscipline.MEDIAN),
        MEDIAN_MILLIS_MAX);
    section.judgeRatio(
        "STOQ's rate to quiche's through Netty",
        section.median(GoodputRow.STOQ, HandshakeDiscipline.RATE),
        section.median(GoodputRow.QUICHE, HandshakeDiscipline.RATE),
        1);
    section.judgeRatio(
        "quiche's CPU time through Netty to STOQ's",
        section.median(GoodputRow.QUICHE, HandshakeDiscipline.CPU),
        section.median(GoodputRow.STOQ, HandshakeDiscipline.CPU),
        1);
    return section;
  }
}
