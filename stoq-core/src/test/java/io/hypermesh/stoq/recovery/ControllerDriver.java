package io.hypermesh.stoq.recovery;

import java.util.ArrayDeque;

/** Tells a controller alone what {@link Recovery} would, with a window that is always used. */
final class ControllerDriver {
  static final int SIZE = 1200;

  final CongestionController controller;
  final DeliveryRate rate = new DeliveryRate();
  final RttEstimator rtt = new RttEstimator();
  final ArrayDeque<SentPacket> flight = new ArrayDeque<>();
  long now = 1_000_000_000;
  private long inFlightBytes;
  private long nextPacketNumber;

  ControllerDriver(CongestionController controller) {
    this.controller = controller;
  }

  /** One ACK frame for one packet of a path whose round-trip time is what this packet took. */
  static void ack(
      CongestionController controller, int size, long sentNanos, long inFlight, long nowNanos) {
    RttEstimator rtt = new RttEstimator();
    rtt.update(nowNanos - sentNanos, 0, nowNanos);
    DeliveryRate rate = new DeliveryRate();
    SentPacket packet = new SentPacket();
    packet.describe(0, size, true, true);
    packet.setTimeSentNanos(sentNanos);
    rate.onPacketSent(packet, 0, sentNanos);
    rate.beginAck(inFlight);
    rate.onPacketAcked(packet, nowNanos);
    rate.finishAck(inFlight - size, rtt);
    controller.onPacketAcked(packet, rate, nowNanos);
    controller.onAckProcessed(rate, nowNanos);
  }

  SentPacket send() {
    SentPacket packet = new SentPacket();
    packet.describe(nextPacketNumber++, SIZE, true, true);
    packet.setTimeSentNanos(now);
    rate.onPacketSent(packet, inFlightBytes, now);
    controller.onPacketSent(inFlightBytes, rate, now);
    inFlightBytes += SIZE;
    flight.add(packet);
    return packet;
  }

  /** Acknowledges the oldest packet. */
  void ack() {
    SentPacket packet = flight.remove();
    rtt.update(now - packet.timeSentNanos(), 0, now);
    rate.beginAck(Math.max(inFlightBytes, controller.windowBytes()));
    rate.onPacketAcked(packet, now);
    inFlightBytes -= SIZE;
    rate.finishAck(inFlightBytes, rtt);
    controller.onPacketAcked(packet, rate, now);
    controller.onAckProcessed(rate, now);
  }

  /** The oldest packet is lost. */
  void lose() {
    SentPacket packet = flight.remove();
    inFlightBytes -= SIZE;
    rate.onPacketLost(packet);
    controller.onPacketLost(packet, rate, now);
    controller.onCongestionEvent(packet.timeSentNanos(), now);
  }

  /** A window is sent, and acknowledged packet by packet a round trip later. */
  void round(long rttNanos) {
    long packets = controller.windowBytes() / SIZE;
    for (int i = 0; i < packets; i++) {
      send();
    }
    now += rttNanos;
    while (!flight.isEmpty()) {
      ack();
    }
  }

  /** Something is lost; the recovery period is over a round trip later. */
  void loss(long rttNanos) {
    send();
    lose();
    now += rttNanos;
  }

  double windowSegments() {
    return (double) controller.windowBytes() / SIZE;
  }
}
