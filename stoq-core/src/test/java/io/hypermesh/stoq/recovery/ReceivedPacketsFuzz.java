package io.hypermesh.stoq.recovery;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import io.hypermesh.stoq.packet.AckFrame;
import io.hypermesh.stoq.packet.FrameEncoder;
import io.hypermesh.stoq.packet.TransportException;
import java.lang.foreign.MemorySegment;
import java.util.TreeSet;

/** Packet numbers in any order, against a set as the model; and the ACK frames that tell them. */
public final class ReceivedPacketsFuzz implements FuzzTarget {
  @Override
  public void run(FuzzInput input) throws TransportException {
    int rangesMax = 1 + input.below(20);
    ReceivedPackets received =
        new ReceivedPackets(PacketNumberSpace.APPLICATION, 25_000_000, rangesMax);
    TreeSet<Long> model = new TreeSet<>();
    long number = 0;
    long now = 0;
    for (int step = 0; input.hasRemaining() && step < 1_000; step++) {
      int choice = input.uint8();
      switch (choice & 3) {
        case 0 -> number++;
        case 1 -> number = Math.max(0, number - input.uint8());
        case 2 -> number += input.uint8();
        default -> number += input.uint16();
      }
      now += choice >>> 4;
      if ((choice & 0x0c) == 0x0c) {
        received.onAckAcknowledged(number);
      } else if ((choice & 0x0c) == 0x08) {
        readAck(received, now, 20 + input.uint8());
        received.onAckSent();
      } else {
        boolean duplicate = received.isDuplicate(number);
        require(!model.contains(number) || duplicate, number + " would be taken twice");
        received.onPacketReceived(number, (choice & 0x10) != 0, choice >>> 6, now);
        model.add(number);
        require(received.isDuplicate(number), number + " isn't known");
      }
      require(received.ranges().rangeCount() <= rangesMax, "too many ranges");
    }
    for (int i = 0; i < received.ranges().rangeCount(); i++) {
      long smallest = received.ranges().smallest(i);
      long largest = received.ranges().largest(i);
      require(smallest <= largest, "an empty range");
      require(i == 0 || largest < received.ranges().smallest(i - 1) - 1, "ranges that touch");
      require(
          model.subSet(smallest, true, largest, true).size() == largest - smallest + 1,
          "a range tells what never came");
    }
  }

  private static void readAck(ReceivedPackets received, long now, int capacity)
      throws TransportException {
    if (received.ranges().isEmpty()) {
      return;
    }
    MemorySegment buffer = MemorySegment.ofArray(new byte[capacity]);
    int length =
        FrameEncoder.putAck(buffer, 0, capacity, received.ranges(), received.ackDelayField(now, 3));
    AckFrame frame = new AckFrame();
    require(frame.wrap(buffer, 0, length) == length, "the frame's length");
    for (int i = 0; frame.nextRange(); i++) {
      require(frame.rangeLargest() == received.ranges().largest(i), "a range's largest");
      require(frame.rangeSmallest() == received.ranges().smallest(i), "a range's smallest");
    }
  }
}
