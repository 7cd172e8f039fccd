package io.hypermesh.stoq.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The ring of open packets against a set of their numbers. */
class SentPacketsProperties {
  private final SentPacketPool pool = new SentPacketPool();

  @Property(tries = 300)
  void shouldFindTheOpenPacketsWhateverIsSettledInWhichOrder(
      @ForAll @Size(max = 300) List<@IntRange(min = 0, max = 999) Integer> choices) {
    SentPackets sent = new SentPackets();
    PersistentCongestion congestion = new PersistentCongestion();
    TreeSet<Long> model = new TreeSet<>();
    long next = 0;
    for (int choice : choices) {
      if (choice % 3 == 0 || model.isEmpty()) {
        for (int i = 0; i <= choice % 20; i++) {
          SentPacket packet = pool.acquire();
          packet.describe(next, 100, true, true);
          sent.add(packet);
          model.add(next);
          next += 1 + choice % 2;
        }
      } else if (choice % 3 == 1) {
        settle(sent, model, choice / 3);
      } else {
        long from = next - 1 - choice / 3 % 60;
        int index = sent.nextOpen(sent.indexOf(from));
        Long expected = model.ceiling(from);
        assertThat(index < sent.size() ? (Long) sent.openAt(index).packetNumber() : null)
            .isEqualTo(expected);
      }
      if (choice % 7 == 0) {
        sent.trim(congestion);
      }
      assertThat(sent.openCount()).isEqualTo(model.size());
    }
    int found = 0;
    for (int i = sent.nextOpen(0); i < sent.size(); i = sent.nextOpen(i + 1)) {
      assertThat(model).contains(sent.openAt(i).packetNumber());
      found++;
    }
    assertThat(found).isEqualTo(model.size());
  }

  private static void settle(SentPackets sent, NavigableSet<Long> model, int count) {
    // A run of neighbours from somewhere, as ranges acknowledge them.
    long from = model.first() + count % 40;
    int index = sent.nextOpen(sent.indexOf(from));
    for (int i = 0; i <= count % 13 && index < sent.size(); i++) {
      model.remove(sent.openAt(index).packetNumber());
      sent.removeAcked(index);
      index = sent.nextOpen(index + 1);
    }
  }
}
