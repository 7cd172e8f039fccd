package io.hypermesh.jmh.compare;

import java.util.ArrayList;
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
  private final boolean everybody;

  /**
   * @param everybody whether those take part as well who choose the size of their datagrams
   *     themselves
   */
  GoodputRow(int datagramBytes, boolean everybody) {
    this.datagramBytes = datagramBytes;
    this.everybody = everybody;
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
    new Contest(settings, 1).run(contestants(settings), new TransferDiscipline(), section);
    String goodput = TransferDiscipline.GOODPUT;
    section.addRatios(goodput, STOQ, "of STOQ's");
    section.addRatios(goodput, FLOOR, "of the floor's");
    Double ours = section.median(STOQ, goodput);
    section.judgeRatio(
        "STOQ to quiche through Netty", ours, section.best(QUICHE, goodput), OF_QUICHE);
    if (everybody) {
      section.judgeRatio("STOQ to kwik", ours, section.median(KWIK, goodput), OF_KWIK);
      section.judgeRatio("STOQ to Aeron", ours, section.median(AERON, goodput), OF_AERON);
    }
    section.judgeRatio("STOQ to the floor", ours, section.median(FLOOR, goodput), OF_FLOOR);
    return section;
  }

  private List<Contestant> contestants(Settings settings) {
    String datagram = "datagram=" + datagramBytes;
    List<Contestant> contestants = new ArrayList<>();
    contestants.add(Contestant.of(STOQ, "stoq-transfer", datagram));
    contestants.add(Contestant.of(QUICHE, "netty-transfer", datagram));
    if (everybody) {
      contestants.add(
          Contestant.of(KWIK, "kwik-transfer")
              .withOptions("-Djdk.net.hosts.file=" + Keys.hosts(settings.directory())));
      contestants.add(
          Contestant.of(AERON, "aeron-transfer", datagram)
              .withOptions(
                  "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                  "-Dagrona.disable.bounds.checks=true"));
    }
    contestants.add(Contestant.of(FLOOR, "floor-transfer", datagram));
    return contestants;
  }
}
