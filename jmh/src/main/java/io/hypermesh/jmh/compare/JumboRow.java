package io.hypermesh.jmh.compare;

import java.util.List;
import java.util.stream.Stream;

/** Datagrams as large as loopback carries, and as quiche is fastest with. */
final class JumboRow implements Row {
  /** What fits a loopback packet of 65,536 bytes: 40 are IPv6's, 8 UDP's. */
  static final int LOOPBACK_BYTES = 65_488;

  /** Four to a system call, and two. */
  private static final List<Integer> QUICHE_BYTES = List.of(16_000, 32_000);

  private static final int FLOOR_BYTES = 16_000;
  private static final double OF_QUICHE = 1.5;
  private static final double OF_FLOOR = 0.5;

  @Override
  public String id() {
    return "jumbo";
  }

  @Override
  public String summary() {
    return "one connection, one stream, datagrams up to what loopback carries (bar 2)";
  }

  private static String title(String who, int bytes) {
    return String.format(java.util.Locale.ROOT, "%s, %,d bytes", who, bytes);
  }

  private static Contestant contestant(String who, String program, int bytes) {
    return Contestant.of(title(who, bytes), program, "datagram=" + bytes);
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    Section section =
        new Section(id(), "Goodput with jumbo datagrams on [::1], one connection, one stream");
    String stoq = title(GoodputRow.STOQ, LOOPBACK_BYTES);
    String floor = title(GoodputRow.FLOOR, LOOPBACK_BYTES);
    List<Contestant> contestants =
        Stream.of(
                Stream.of(contestant(GoodputRow.STOQ, "stoq-transfer", LOOPBACK_BYTES)),
                QUICHE_BYTES.stream()
                    .map(bytes -> contestant(GoodputRow.QUICHE, "netty-transfer", bytes)),
                Stream.of(LOOPBACK_BYTES, FLOOR_BYTES)
                    .map(bytes -> contestant(GoodputRow.FLOOR, "floor-transfer", bytes)))
            .flatMap(part -> part)
            .toList();
    new Contest(settings, 1).run(contestants, new TransferDiscipline(), section);
    String goodput = TransferDiscipline.GOODPUT;
    section.addRatios(goodput, stoq, "of STOQ's");
    section.addRatios(goodput, floor, "of the floor's");
    Double ours = section.median(stoq, goodput);
    section.judgeRatio(
        "STOQ to quiche through Netty at its best",
        ours,
        section.best(GoodputRow.QUICHE, goodput),
        OF_QUICHE);
    section.judgeRatio("STOQ to the floor", ours, section.median(floor, goodput), OF_FLOOR);
    return section;
  }
}
