package io.hypermesh.jmh.compare;

import java.util.List;

/** As many connections as agents, in total: where more cores give more. */
final class ManyRow implements Row {
  private static final double WANTED_GIGABITS = 40;

  @Override
  public String id() {
    return "many";
  }

  @Override
  public String summary() {
    return "N connections over N agents on N cores a side, total goodput (bar 2)";
  }

  @Override
  public Section run(Settings settings) throws InterruptedException {
    Section section =
        new Section(
            id(),
            "N connections over N agents, jumbo datagrams, total goodput; N cores a side, or all of"
                + " them shared where there are fewer");
    for (int count = 1; count <= settings.cores().size(); count *= 2) {
      String title = GoodputRow.STOQ + ", N = " + count;
      new Contest(settings, count)
          .run(
              List.of(
                  Contestant.of(
                      title,
                      "stoq-transfer",
                      "datagram=" + JumboRow.LOOPBACK_BYTES,
                      "connections=" + count)),
              new TransferDiscipline(),
              section);
      Double total = section.median(title, TransferDiscipline.GOODPUT);
      if (total != null && total >= WANTED_GIGABITS) {
        section.remark("40 Gbit/s are reached with N = " + count);
        break;
      }
    }
    return section;
  }
}
