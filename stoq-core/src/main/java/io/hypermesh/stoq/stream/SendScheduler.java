package io.hypermesh.stoq.stream;

import org.jspecify.annotations.Nullable;

/**
 * Which stream sends next, by urgency and turn (RFC 9218, 4 and 10, applied to the own side's
 * streams only: nothing of it goes to the peer).
 *
 * <p>Guarantees: a stream never sends while one of a lower urgency number could; within an urgency,
 * what needs no flow control credit (bytes that were lost, and a FIN on its own) goes before new
 * bytes; a stream that isn't incremental keeps its turn until it has nothing to send, in the order
 * in which streams came to have something, and an incremental one goes to the end of the line after
 * a packet. So incremental streams share alike, and no stream waits for ever for one of its own
 * urgency.
 *
 * <pre>
 *              urgency 0                 urgency 1        …
 *   no credit  stream ─ stream           (empty)          lines: doubly linked, one node a stream
 *   credit     stream ─ stream ─ stream  stream           bit sets: which lines aren't empty
 * </pre>
 *
 * <p>Every operation takes constant time, however many streams there are, and allocates nothing.
 * {@link #update} has to be called whenever what a stream has to send may have changed. Owned by
 * the connection's thread.
 */
final class SendScheduler {
  static final int URGENCY_MAX = 7;
  static final int URGENCY_DEFAULT = 3;

  /** What a stream that sends has of its own here. */
  static final class Place {
    private final Stream stream;
    private final Node creditlessNode = new Node(this);
    private final Node freshNode = new Node(this);
    private int urgency = URGENCY_DEFAULT;
    private boolean incremental = true;

    Place(Stream stream) {
      this.stream = stream;
    }
  }

  /** A stream's place in one line. */
  private static final class Node {
    private final Place place;
    private @Nullable Node before;
    private @Nullable Node after;
    private boolean queued;

    Node(Place place) {
      this.place = place;
    }
  }

  /** The lines of one kind, and which of them aren't empty. */
  private static final class Lines {
    private final @Nullable Node[] first = new Node[URGENCY_MAX + 1];
    private final @Nullable Node[] last = new Node[URGENCY_MAX + 1];
    private int levels;

    void append(Node node) {
      int urgency = node.place.urgency;
      Node end = last[urgency];
      node.queued = true;
      node.before = end;
      node.after = null;
      last[urgency] = node;
      if (end == null) {
        first[urgency] = node;
        levels |= 1 << urgency;
      } else {
        end.after = node;
      }
    }

    void remove(Node node) {
      if (!node.queued) {
        return;
      }
      int urgency = node.place.urgency;
      Node before = node.before;
      Node after = node.after;
      node.queued = false;
      node.before = null;
      node.after = null;
      if (before == null) {
        first[urgency] = after;
      } else {
        before.after = after;
      }
      if (after == null) {
        last[urgency] = before;
      } else {
        after.before = before;
      }
      if (first[urgency] == null) {
        levels &= ~(1 << urgency);
      }
    }

    void set(Node node, boolean queued) {
      if (!queued) {
        remove(node);
      } else if (!node.queued) {
        append(node);
      }
    }

    @Nullable Stream firstOf(int urgency) {
      Node node = first[urgency];
      return node == null ? null : node.place.stream;
    }
  }

  private final Lines creditless = new Lines();
  private final Lines fresh = new Lines();

  /** Looks again at what a stream has to send. */
  void update(Stream stream) {
    Place place = stream.place();
    if (place != null) {
      creditless.set(place.creditlessNode, stream.hasCreditlessToSend());
      fresh.set(place.freshNode, stream.hasFreshToSend());
    }
  }

  /** Gives a stream another urgency and manner; it goes to the end of its new line. */
  void prioritize(Stream stream, int urgency, boolean incremental) {
    if (urgency < 0 || urgency > URGENCY_MAX) {
      throw new IllegalArgumentException("couldn't use urgency " + urgency + ": out of 0 to 7");
    }
    Place place = stream.place();
    if (place != null) {
      remove(stream);
      place.urgency = urgency;
      place.incremental = incremental;
      update(stream);
    }
  }

  /** Takes a stream out. */
  void remove(Stream stream) {
    Place place = stream.place();
    if (place != null) {
      creditless.remove(place.creditlessNode);
      fresh.remove(place.freshNode);
    }
  }

  /**
   * The stream whose turn it is, or null.
   *
   * @param credit whether the connection has flow control credit for new bytes
   */
  @Nullable Stream next(boolean credit) {
    int levels;
    while ((levels = creditless.levels | (credit ? fresh.levels : 0)) != 0) {
      int urgency = Integer.numberOfTrailingZeros(levels);
      Stream stream = creditless.firstOf(urgency);
      if (stream == null) {
        stream = fresh.firstOf(urgency);
      }
      if (stream == null) {
        throw new IllegalStateException("urgency " + urgency + " has no stream to send");
      }
      if (stream.hasCreditlessToSend() || (credit && stream.hasFreshToSend())) {
        return stream;
      }
      update(stream);
    }
    return null;
  }

  /** The only stream that sends, if it is one alone and has only new bytes to send; or null. */
  @Nullable Stream sole() {
    if (creditless.levels != 0 || Integer.bitCount(fresh.levels) != 1) {
      return null;
    }
    int urgency = Integer.numberOfTrailingZeros(fresh.levels);
    Stream stream = fresh.first[urgency] == fresh.last[urgency] ? fresh.firstOf(urgency) : null;
    return stream != null && !stream.hasCreditlessToSend() && stream.hasFreshToSend()
        ? stream
        : null;
  }

  /** Whether any stream has new bytes to send, the connection's credit permitting. */
  boolean hasFresh() {
    return fresh.levels != 0;
  }

  /**
   * A packet is full of this stream's bytes: an incremental one lets the others have their turn.
   */
  void endTurn(Stream stream) {
    Place place = stream.place();
    if (place != null && place.incremental) {
      moveToEnd(creditless, place.creditlessNode);
      moveToEnd(fresh, place.freshNode);
    }
  }

  private static void moveToEnd(Lines lines, Node node) {
    if (node.queued) {
      lines.remove(node);
      lines.append(node);
    }
  }
}
