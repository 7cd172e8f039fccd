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
import org.jspecify.annotations.Nullable;

/**
 * Carries datagrams between nodes in virtual time.
 *
 * <p>Everything follows from the seed: the same seed, conditions and nodes give the same run, so a
 * failure is repeated by its seed. Time stands still while nodes work and jumps to the next arrival
 * or deadline. A node that never comes to rest at one instant is a defect and ends the run with an
 * exception. Owned by one thread.
 *
 * <pre>
 *   node ─ NAT ─► filter ─► MTU ─► loss ─► queue ─► bottleneck ─► delay ─► (other NAT) ─ node
 *                                  \________ LinkConditions of the direction ________/
 * </pre>
 */
public final class SimulatedNetwork {
  /** Events at one instant after which a node is taken to be stuck. */
  private static final int EVENTS_AT_ONE_INSTANT_MAX = 1_000_000;

  private static final int DATAGRAM_BYTES_MAX = 65_535;

  /** A datagram under way, or something else that is to happen at its time. */
  private record Happening(
      long atNanos,
      long sequence,
      InetSocketAddress from,
      InetSocketAddress to,
      int ecn,
      MemorySegment datagram,
      @Nullable Runnable action) {}

  private record Direction(InetSocketAddress from, InetSocketAddress to) {}

  private record Attachment(SimulatedNode node, @Nullable Nat nat) {}

  private static final InetSocketAddress NOWHERE = new InetSocketAddress(0);

  private final SplittableRandom random;
  private final Map<InetSocketAddress, Attachment> nodes = new LinkedHashMap<>();
  private final Map<Direction, Link> links = new HashMap<>();
  private final PriorityQueue<Happening> underway =
      new PriorityQueue<>(
          Comparator.comparingLong(Happening::atNanos).thenComparingLong(Happening::sequence));
  private final MemorySegment buffer = MemorySegment.ofArray(new byte[DATAGRAM_BYTES_MAX]);
  private LinkSchedule schedule;
  private @Nullable DatagramFilter filter;
  private @Nullable NetworkListener listener;
  private int nattedCount;
  private long nowNanos;
  private long sequence;
  private int eventsAtThisInstant;
  private long sentCount;
  private long lostCount;
  private long deliveredCount;
  private long sentBytes;

  /**
   * @param seed of every random choice
   * @param conditions of all links, until changed
   */
  public SimulatedNetwork(long seed, LinkConditions conditions) {
    this.random = new SplittableRandom(seed);
    this.schedule = LinkSchedule.always(conditions);
  }

  /** The virtual time in nanoseconds, from 0. */
  public long nowNanos() {
    return nowNanos;
  }

  /**
   * Changes what happens to datagrams that are sent from now on, in every direction that has
   * nothing of its own.
   */
  public void setConditions(LinkConditions changed) {
    setSchedule(LinkSchedule.always(changed));
  }

  /** As {@link #setConditions(LinkConditions)}, with conditions that change by themselves. */
  public void setSchedule(LinkSchedule changed) {
    schedule = changed;
  }

  /**
   * Gives one direction conditions of its own.
   *
   * @param from the address at which the sender is attached
   * @param to the address at which the receiver is attached
   * @param own null for what holds elsewhere
   */
  public void setSchedule(
      InetSocketAddress from, InetSocketAddress to, @Nullable LinkSchedule own) {
    link(from, to).schedule = own;
  }

  /** Loses some datagrams on purpose; null for none. */
  public void setFilter(@Nullable DatagramFilter decides) {
    filter = decides;
  }

  /** Shows what passes to a listener; null for nobody. */
  public void setListener(@Nullable NetworkListener sees) {
    listener = sees;
  }

  /**
   * Puts a node at an address; an address that a node had before can be given to another. A node at
   * several addresses names the one that it sends from (see {@link SimulatedNode#source()}).
   */
  public void attach(InetSocketAddress address, SimulatedNode node) {
    put(address, new Attachment(node, null));
  }

  /**
   * Puts a node at an address behind a NAT: others see it at the address that the NAT has outside
   * at the time, and can't reach it at the other.
   */
  public void attach(InetSocketAddress inside, SimulatedNode node, Nat nat) {
    put(inside, new Attachment(node, nat));
  }

  private void put(InetSocketAddress address, Attachment attachment) {
    detach(address);
    nodes.put(address, attachment);
    nattedCount += attachment.nat() == null ? 0 : 1;
  }

  /** Takes an address away; datagrams to it are lost. */
  public void detach(InetSocketAddress address) {
    Attachment removed = nodes.remove(address);
    nattedCount -= removed == null || removed.nat() == null ? 0 : 1;
  }

  /**
   * Does something at a virtual time, before the datagrams that arrive then.
   *
   * @param atNanos now or later
   */
  public void at(long atNanos, Runnable action) {
    if (atNanos < nowNanos) {
      throw new IllegalArgumentException(
          "couldn't do something at " + atNanos + " ns: it's " + nowNanos + " ns already");
    }
    underway.add(
        new Happening(
            atNanos, Long.MIN_VALUE + sequence++, NOWHERE, NOWHERE, 0, MemorySegment.NULL, action));
  }

  /** Datagrams sent so far. */
  public long sentCount() {
    return sentCount;
  }

  /** Bytes of the datagrams sent so far, without headers. */
  public long sentBytes() {
    return sentBytes;
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
    List<Happening> inOrder = new ArrayList<>();
    List<Happening> actions = new ArrayList<>();
    while (!underway.isEmpty()) {
      Happening next = underway.poll();
      (next.action() == null ? inOrder : actions).add(next);
    }
    underway.addAll(actions);
    for (int i = 0; i < inOrder.size(); i++) {
      Happening place = inOrder.get(i);
      Happening moved = inOrder.get(inOrder.size() - 1 - i);
      underway.add(
          new Happening(
              place.atNanos(),
              place.sequence(),
              moved.from(),
              moved.to(),
              moved.ecn(),
              moved.datagram(),
              null));
    }
    return inOrder.size();
  }

  /** Delivers the next datagram, or the next deadline; false where there is none in time. */
  private boolean step(long limitNanos) {
    long deadlineNanos = Long.MAX_VALUE;
    SimulatedNode due = null;
    for (Attachment attachment : nodes.values()) {
      long candidate = attachment.node().nextDeadlineNanos();
      if (candidate < deadlineNanos) {
        deadlineNanos = candidate;
        due = attachment.node();
      }
    }
    Happening next = underway.peek();
    boolean arrival = next != null && next.atNanos() <= deadlineNanos;
    long atNanos = arrival ? next.atNanos() : deadlineNanos;
    if (atNanos == Long.MAX_VALUE || atNanos > limitNanos) {
      return false;
    }
    advanceTo(atNanos);
    if (arrival) {
      underway.poll();
      happen(next);
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

  private void happen(Happening happening) {
    Runnable action = happening.action();
    if (action != null) {
      action.run();
      return;
    }
    InetSocketAddress at = inside(happening.to());
    Attachment attachment = at == null ? null : nodes.get(at);
    boolean watched = listener != null;
    SimulatedDatagram seen =
        watched
            ? datagram(happening.from(), happening.to(), happening.ecn(), happening.datagram())
            : null;
    if (attachment == null || at == null) {
      lose(seen, NetworkListener.LossCause.NOBODY_THERE);
      return;
    }
    deliveredCount++;
    if (listener != null && seen != null) {
      listener.onDelivered(seen);
    }
    attachment
        .node()
        .handleDatagram(happening.datagram(), happening.from(), at, happening.ecn(), nowNanos);
  }

  private void lose(@Nullable SimulatedDatagram seen, NetworkListener.LossCause cause) {
    lostCount++;
    if (listener != null && seen != null) {
      listener.onLost(seen, cause);
    }
  }

  /** Where a node is attached that others see at this address now, or null. */
  private @Nullable InetSocketAddress inside(InetSocketAddress seen) {
    Attachment direct = nodes.get(seen);
    if (direct != null && direct.nat() == null) {
      return seen;
    }
    if (nattedCount == 0) {
      return null;
    }
    for (Map.Entry<InetSocketAddress, Attachment> entry : nodes.entrySet()) {
      Nat nat = entry.getValue().nat();
      if (nat != null && nat.externalAt(nowNanos).equals(seen)) {
        return entry.getKey();
      }
    }
    return null;
  }

  private void transmitAll() {
    for (Map.Entry<InetSocketAddress, Attachment> entry : nodes.entrySet()) {
      transmit(entry.getKey(), entry.getValue().node());
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

  private Link link(InetSocketAddress from, InetSocketAddress to) {
    return links.computeIfAbsent(new Direction(from, to), direction -> new Link(random));
  }

  private void send(InetSocketAddress from, InetSocketAddress to, int ecn, int length) {
    sentCount++;
    sentBytes += length;
    InetSocketAddress inside = inside(to);
    Link link = link(from, inside == null ? to : inside);
    long number = link.countSent();
    boolean watched = listener != null || filter != null;
    SimulatedDatagram seen =
        watched ? datagram(from, to, ecn, buffer.asSlice(0, length).asReadOnly()) : null;
    if (listener != null && seen != null) {
      listener.onSent(seen);
    }
    if (filter != null && seen != null && !filter.passes(seen, number)) {
      lose(seen, NetworkListener.LossCause.FILTERED);
      return;
    }
    LinkConditions conditions =
        (link.schedule == null ? schedule : link.schedule).conditionsAt(nowNanos);
    NetworkListener.LossCause refused = link.admit(conditions, length, nowNanos);
    if (refused != null) {
      lose(seen, refused);
      return;
    }
    Attachment sender = nodes.get(from);
    Nat nat = sender == null ? null : sender.nat();
    InetSocketAddress outside = nat == null ? from : nat.externalAt(nowNanos);
    int arriving = link.ecn(conditions, ecn, nowNanos);
    carry(link, conditions, outside, to, arriving, length);
    if (link.isDuplicated(conditions)) {
      carry(link, conditions, outside, to, arriving, length);
    }
  }

  private void carry(
      Link link,
      LinkConditions conditions,
      InetSocketAddress from,
      InetSocketAddress to,
      int ecn,
      int length) {
    byte[] datagram = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    link.corrupt(conditions, datagram);
    underway.add(
        new Happening(
            link.arrivalNanos(conditions, nowNanos),
            sequence++,
            from,
            to,
            ecn,
            MemorySegment.ofArray(datagram),
            null));
  }

  private SimulatedDatagram datagram(
      InetSocketAddress from, InetSocketAddress to, int ecn, MemorySegment payload) {
    return new SimulatedDatagram(nowNanos, from, to, ecn, payload);
  }
}
