package io.hypermesh.stoq.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Carries datagrams between nodes in virtual time.
 *
 * <p>Everything follows from the seed: the same seed, conditions and nodes give the same run, so a
 * failure is repeated by its seed. Time stands still while nodes work and jumps to the next arrival
 * or deadline. A node that never comes to rest at one instant is a defect and ends the run with an
 * exception. Owned by one thread.
 */
public final class SimulatedNetwork {
  /** Events at one instant after which a node is taken to be stuck. */
  private static final int EVENTS_AT_ONE_INSTANT_MAX = 1_000_000;

  private static final int DATAGRAM_BYTES_MAX = 65_535;

  private record Arrival(
      long atNanos,
      long sequence,
      InetSocketAddress from,
      InetSocketAddress to,
      int ecn,
      MemorySegment datagram) {}

  private record Direction(InetSocketAddress from, InetSocketAddress to) {}

  private final SplittableRandom random;
  private final Map<InetSocketAddress, SimulatedNode> nodes = new LinkedHashMap<>();
  private final Map<Direction, Integer> burstLeft = new HashMap<>();
  private final PriorityQueue<Arrival> underway =
      new PriorityQueue<>(
          Comparator.comparingLong(Arrival::atNanos).thenComparingLong(Arrival::sequence));
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[DATAGRAM_BYTES_MAX]);
  private LinkConditions conditions;
  private long nowNanos;
  private long sequence;
  private int eventsAtThisInstant;
  private long sentCount;
  private long lostCount;
  private long deliveredCount;

  /**
   * @param seed of every random choice
   * @param conditions of all links, until changed
   */
  public SimulatedNetwork(long seed, LinkConditions conditions) {
    this.random = new SplittableRandom(seed);
    this.conditions = conditions;
  }

  /** The virtual time in nanoseconds, from 0. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Changes what happens to datagrams that are sent from now on. */
  public void setConditions(LinkConditions changed) {
    conditions = changed;
  }

  /**
   * Puts a node at an address; an address that a node had before can be given to another. A node at
   * several addresses names the one that it sends from (see {@link SimulatedNode#source()}).
   */
  public void attach(InetSocketAddress address, SimulatedNode node) {
    nodes.put(address, node);
  }

  /** Takes an address away; datagrams to it are lost. */
  public void detach(InetSocketAddress address) {
    nodes.remove(address);
  }

  /** Datagrams sent so far. */
  public long sentCount() {
    return sentCount;
  }

  /** Datagrams lost so far. */
  public long lostCount() {
    return lostCount;
  }

  /** Datagrams delivered so far, duplicates counted. */
  public long deliveredCount() {
    return deliveredCount;
  }

  /**
   * Runs until a condition holds.
   *
   * @param limitNanos virtual time at which it's given up
   * @return whether the condition holds
   */
  public boolean runUntil(BooleanSupplier done, long limitNanos) {
    transmitAll();
    while (!done.getAsBoolean()) {
      if (!step(limitNanos)) {
        return done.getAsBoolean();
      }
    }
    return true;
  }

  /** Runs for some virtual time. */
  public void runFor(long nanos) {
    long endNanos = nowNanos + nanos;
    transmitAll();
    while (step(endNanos)) {
      // Each step is one event.
    }
    advanceTo(endNanos);
  }

  /**
   * Turns the order of the datagrams that are under way around: the last to arrive becomes the
   * first.
   *
   * @return how many there are
   */
  public int reverseUnderway() {
    List<Arrival> inOrder = new ArrayList<>();
    while (!underway.isEmpty()) {
      inOrder.add(underway.poll());
    }
    for (int i = 0; i < inOrder.size(); i++) {
      Arrival place = inOrder.get(i);
      Arrival moved = inOrder.get(inOrder.size() - 1 - i);
      underway.add(
          new Arrival(
              place.atNanos(),
              place.sequence(),
              moved.from(),
              moved.to(),
              moved.ecn(),
              moved.datagram()));
    }
    return inOrder.size();
  }

  /** Delivers the next datagram, or the next deadline; false where there is none in time. */
  private boolean step(long limitNanos) {
    long deadlineNanos = Long.MAX_VALUE;
    SimulatedNode due = null;
    for (SimulatedNode node : nodes.values()) {
      long candidate = node.nextDeadlineNanos();
      if (candidate < deadlineNanos) {
        deadlineNanos = candidate;
        due = node;
      }
    }
    Arrival next = underway.peek();
    boolean arrival = next != null && next.atNanos() <= deadlineNanos;
    long atNanos = arrival ? next.atNanos() : deadlineNanos;
    if (atNanos == Long.MAX_VALUE || atNanos > limitNanos) {
      return false;
    }
    advanceTo(atNanos);
    if (arrival) {
      underway.poll();
      deliver(next);
    } else if (due != null) {
      due.handleTimeout(nowNanos);
    }
    transmitAll();
    return true;
  }

  private void advanceTo(long atNanos) {
    if (atNanos > nowNanos) {
      nowNanos = atNanos;
      eventsAtThisInstant = 0;
    } else if (++eventsAtThisInstant > EVENTS_AT_ONE_INSTANT_MAX) {
      throw new IllegalStateException("a node doesn't come to rest at " + nowNanos + " ns");
    }
  }

  private void deliver(Arrival arrival) {
    SimulatedNode node = nodes.get(arrival.to());
    if (node == null) {
      lostCount++;
      return;
    }
    deliveredCount++;
    node.handleDatagram(arrival.datagram(), arrival.from(), arrival.to(), arrival.ecn(), nowNanos);
  }

  private void transmitAll() {
    for (Map.Entry<InetSocketAddress, SimulatedNode> entry : nodes.entrySet()) {
      transmit(entry.getKey(), entry.getValue());
    }
  }

  private void transmit(InetSocketAddress from, SimulatedNode node) {
    int length;
    while ((length = node.pollTransmit(buffer, nowNanos)) > 0) {
      if (++eventsAtThisInstant > EVENTS_AT_ONE_INSTANT_MAX) {
        throw new IllegalStateException("a node doesn't stop sending at " + nowNanos + " ns");
      }
      InetSocketAddress source = node.source();
      send(source == null ? from : source, node.destination(), node.ecn(), length);
    }
  }

  private void send(InetSocketAddress from, InetSocketAddress to, int ecn, int length) {
    sentCount++;
    if (isLost(new Direction(from, to))) {
      lostCount++;
      return;
    }
    carry(from, to, ecn, length);
    if (chance(conditions.duplicationRate())) {
      carry(from, to, ecn, length);
    }
  }

  private boolean isLost(Direction direction) {
    int left = burstLeft.getOrDefault(direction, 0);
    if (left > 0) {
      burstLeft.put(direction, left - 1);
      return true;
    }
    if (chance(conditions.lossRate())) {
      burstLeft.put(direction, conditions.lossBurst() - 1);
      return true;
    }
    return false;
  }

  private void carry(InetSocketAddress from, InetSocketAddress to, int ecn, int length) {
    byte[] datagram = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    if (chance(conditions.corruptionRate())) {
      datagram[random.nextInt(length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    }
    long delayNanos = conditions.delayNanos();
    if (conditions.jitterNanos() > 0) {
      delayNanos += random.nextLong(conditions.jitterNanos() + 1);
    }
    if (chance(conditions.reorderingRate())) {
      delayNanos += random.nextLong(conditions.delayNanos() + 1);
    }
    underway.add(
        new Arrival(
            nowNanos + delayNanos, sequence++, from, to, ecn, MemorySegment.ofArray(datagram)));
  }

  private boolean chance(double rate) {
    return rate > 0 && random.nextDouble() < rate;
  }
}
