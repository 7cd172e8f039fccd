package io.hypermesh.byzantine;

import io.hypermesh.byzantine.client.ReplyCollector;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.MessageCodec;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A client of the cluster, as a pure state machine with one request at a time. A result counts only
 * when {@code f+1} members have signed the same: so with at most f misbehaving it is what the
 * cluster executed, and comes with the {@link ReplyCertificate} that proves it. A request always
 * ends, with {@link ClientOutput.Completed} or {@link ClientOutput.TimedOut}.
 *
 * <p>The request goes to the primary first. Without a result in time it goes to all members, again
 * and again with a capped, doubling wait. One thread owns it, as with {@link Replica}.
 */
public final class Client {
  private static final long NEVER = Long.MAX_VALUE;

  private final Membership membership;
  private final Signer signer;
  private final ClientSettings settings;
  private final ClientId id;
  private final Queue<ClientOutput> outputs = new ArrayDeque<>();
  private long nextNumber;
  private long view;
  private @Nullable Waiting waiting;

  /**
   * A client.
   *
   * @param signer the client's key, known to no other running client
   * @param firstNumber the first request's number, from 1; higher than any that this key used
   *     before, such as the microseconds since 1970
   */
  public Client(Membership membership, Signer signer, ClientSettings settings, long firstNumber) {
    if (firstNumber < 1) {
      throw new IllegalArgumentException(
          "couldn't make a client because numbers begin at 1: " + firstNumber);
    }
    this.membership = membership;
    this.signer = signer;
    this.settings = settings;
    this.id = ClientId.of(signer.publicKey());
    this.nextNumber = firstNumber;
  }

  private static final class Waiting {
    private final Request request;
    private final byte[] message;
    private final ReplyCollector replies;
    private final BitSet busy = new BitSet();
    private final long sinceNanos;
    private long waitNanos;
    private long repeatNanos;

    Waiting(Request request, ReplyCollector replies, long nowNanos, long waitNanos) {
      this.request = request;
      this.message = MessageCodec.encode(new Message.OfClient(request));
      this.replies = replies;
      this.sinceNanos = nowNanos;
      this.waitNanos = waitNanos;
      this.repeatNanos = nowNanos + waitNanos;
    }
  }

  /** The client's name. */
  public ClientId id() {
    return id;
  }

  /** Whether no request is under way. */
  public boolean isIdle() {
    return waiting == null;
  }

  /**
   * Signs and sends a request.
   *
   * @param payload for the application, at most {@value Request#PAYLOAD_BYTES_MAX} bytes; replicas
   *     accept what their {@link ReplicaSettings#requestPayloadBytesMax} says
   * @return its number
   * @throws IllegalStateException if one is under way
   */
  public long submit(byte[] payload, long nowNanos) {
    if (waiting != null) {
      throw new IllegalStateException(
          "couldn't submit a request because one is under way: " + waiting.request.number());
    }
    Request request = Request.sign(membership.clusterId(), nextNumber, payload, signer);
    nextNumber++;
    Waiting started =
        new Waiting(
            request,
            new ReplyCollector(membership),
            nowNanos,
            settings.retransmitAfter().toNanos());
    waiting = started;
    outputs.add(new ClientOutput.Send(membership.primary(view), started.message));
    return request.number();
  }

  /** Takes a message from a member. */
  public void handle(VerifiedMessage verified, long nowNanos) {
    Waiting current = waiting;
    if (current == null || !(verified.message(membership) instanceof Message.OfMember message)) {
      return;
    }
    switch (message.payload()) {
      case Payload.Reply reply -> {
        if (reply.client().equals(id) && reply.number() == current.request.number()) {
          complete(current, current.replies.add(message));
        }
      }
      case Payload.Busy busy -> {
        if (busy.client().equals(id) && busy.number() == current.request.number()) {
          slowDown(current, message.replica(), nowNanos);
        }
      }
      default -> {
        // Meant for members.
      }
    }
  }

  private void complete(Waiting current, @Nullable ReplyCertificate certificate) {
    if (certificate != null) {
      waiting = null;
      // f+1 signed it, so one member was in that view: its primary is the best first address.
      view = certificate.view();
      outputs.add(
          new ClientOutput.Completed(current.request.number(), certificate.result(), certificate));
    }
  }

  private void slowDown(Waiting current, int replica, long nowNanos) {
    if (!current.busy.get(replica)) {
      current.busy.set(replica);
      current.waitNanos = doubled(current.waitNanos);
      current.repeatNanos = nowNanos + current.waitNanos;
    }
  }

  private long doubled(long nanos) {
    return Math.min(2 * nanos, settings.retransmitAfterMax().toNanos());
  }

  /** Does what is due by now: repeats the request or gives it up. */
  public void handleTimeout(long nowNanos) {
    Waiting current = waiting;
    if (current == null) {
      return;
    }
    if (nowNanos - current.sinceNanos >= settings.timeout().toNanos()) {
      waiting = null;
      outputs.add(
          new ClientOutput.TimedOut(
              current.request.number(),
              nowNanos - current.sinceNanos,
              current.replies.count(),
              current.busy.cardinality()));
    } else if (nowNanos >= current.repeatNanos) {
      for (int i = 0; i < membership.size(); i++) {
        outputs.add(new ClientOutput.Send(i, current.message));
      }
      current.busy.clear();
      current.waitNanos = doubled(current.waitNanos);
      current.repeatNanos = nowNanos + current.waitNanos;
    }
  }

  /** When {@link #handleTimeout} is due next. */
  public long nextDeadlineNanos() {
    Waiting current = waiting;
    return current == null
        ? NEVER
        : Math.min(current.repeatNanos, current.sinceNanos + settings.timeout().toNanos());
  }

  /** The next output, in order, or null if there is none now. */
  public @Nullable ClientOutput poll() {
    return outputs.poll();
  }
}
