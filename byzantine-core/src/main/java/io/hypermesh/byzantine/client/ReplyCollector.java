package io.hypermesh.byzantine.client;

import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplyCertificate;
import io.hypermesh.byzantine.message.Message;
import io.hypermesh.byzantine.message.Payload;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Replies to one request, the last of each member; {@code f+1} equal ones are a certificate. */
public final class ReplyCollector {
  private final Membership membership;
  private final Map<Integer, Message.OfMember> replies = new TreeMap<>();

  /** No replies yet. */
  public ReplyCollector(Membership membership) {
    this.membership = membership;
  }

  /** Takes a verified reply to the request; the certificate, once enough are equal. */
  public @Nullable ReplyCertificate add(Message.OfMember reply) {
    replies.put(reply.replica(), reply);
    Map<Integer, byte[]> signatures = new TreeMap<>();
    for (Message.OfMember other : replies.values()) {
      if (other.statement().agreesWith(reply.statement())
          && signatures.size() < membership.weakQuorum()) {
        signatures.put(other.replica(), other.signed().signature());
      }
    }
    if (signatures.size() < membership.weakQuorum()
        || !(reply.payload() instanceof Payload.Reply answer)) {
      return null;
    }
    return new ReplyCertificate(
        membership.configurationHash(),
        reply.view(),
        reply.sequence(),
        answer.client(),
        answer.number(),
        answer.stateRoot(),
        answer.result(),
        signatures);
  }

  /** How many members have answered. */
  public int count() {
    return replies.size();
  }
}
