package io.hypermesh.jmh.compare;

import java.util.List;

/** One connection, one stream, datagrams as an Ethernet carries them. */
final class GoodputRow implements Row {
  static final String STOQ = "STOQ";
  static final String QUICHE = "quiche through Netty";
  static final String KWIK = "kwik";
  static final String AERON = "Aeron UDP";
  static final String FLOOR = "floor";

  private static final double OF_QUICHE = 2;
  private static final double OF_KWIK = 20;
  private static final double OF_AERON = 3;
  private static final double OF_FLOOR = 0.35;

  private final int datagramBytes;

  GoodputRow(int datagramBytes) {
    this.datagramBytes = datagramBytes;
  }

  @Override
  public String id() {
    return "goodput-" + datagramBytes;
  }

  @Override
  public String summary() {
    return "one connection, one stream, datagrams of " + datagramBytes + " bytes (bar 1)";
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    Section section =
        new Section(
            id(),
            "Goodput of one connection and one stream, datagrams of "
                + datagramBytes
                + " bytes on [::1], AES-128-GCM");
    String datagram = "datagram=" + datagramBytes;
    new Contest(settings, 1)
        .run(
            List.of(
                Contestant.of(STOQ, "stoq-transfer", datagram),
                Contestant.of(QUICHE, "netty-transfer", datagram),
                Contestant.of(FLOOR, "floor-transfer", datagram)),
            new TransferDiscipline(),
            section);
    String goodput = TransferDiscipline.GOODPUT;
    section.addRatios(goodput, STOQ, "of STOQ's");
    section.addRatios(goodput, FLOOR, "of the floor's");
    Double ours = section.median(STOQ, goodput);
    section.judgeRatio(
        "STOQ to quiche through Netty", ours, section.best(QUICHE, goodput), OF_QUICHE);
    section.judgeRatio("STOQ to kwik", ours, section.median(KWIK, goodput), OF_KWIK);
    section.judgeRatio("STOQ to Aeron", ours, section.median(AERON, goodput), OF_AERON);
    section.judgeRatio("STOQ to the floor", ours, section.median(FLOOR, goodput), OF_FLOOR);
    return section;
  }
}
