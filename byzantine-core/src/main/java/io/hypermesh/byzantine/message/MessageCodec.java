package io.hypermesh.byzantine.message;

import io.hypermesh.byzantine.ClientId;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.Request;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import java.util.Optional;

/**
 * Bytes to verified messages and back. {@link #verify} is a pure function of its argument: it may
 * run on any number of threads at once, away from the thread that owns a replica, and what it
 * returns needs no further check of signatures, certificates or hashes.
 *
 * <pre>
 * member:  0x11 | type 1 | configuration 32 | view 8 | sequence 8 | replica 4 | body 4+n
 *               | signature 4+n | attachment 4+n
 * client:  0x12 | key 4+n | number 8 | payload 4+n | signature 4+n
 * </pre>
 *
 * All integers are big-endian. A message that is longer than its last field is refused.
 */
public final class MessageCodec {
  /** The longest message: a batch of fetched blocks with one of the greatest length. */
  public static final int MESSAGE_BYTES_MAX = 9 << 20;

  private static final int OF_MEMBER = 0x11;
  private static final int OF_CLIENT = 0x12;

  private final Membership membership;
  private final Verifier verifier;
  private final Rules rules;

  /** A codec for the messages of one membership. */
  public MessageCodec(Membership membership, Verifier verifier, Rules rules) {
    this.membership = membership;
    this.verifier = verifier;
    this.rules = rules;
  }

  /** Makes and signs a member's message. */
  public static Message.OfMember sign(
      Membership membership,
      Signer signer,
      int replica,
      long view,
      long sequence,
      Payload payload) {
    Statement statement =
        new Statement(
            payload.type(),
            membership.configurationHash(),
            view,
            sequence,
            replica,
            payload.body());
    return new Message.OfMember(
        new SignedStatement(statement, signer.sign(statement.signedBytes())), payload);
  }

  /** The bytes of a message. */
  public static byte[] encode(Message message) {
    return switch (message) {
      case Message.OfClient(Request request) -> {
        byte[] encoded = request.encode();
        yield new WireWriter(1 + encoded.length).int8(OF_CLIENT).raw(encoded).toByteArray();
      }
      case Message.OfMember(SignedStatement signed, Payload payload) -> {
        byte[] attachment = payload.attachment();
        WireWriter out = new WireWriter(128 + signed.statement().body().length + attachment.length);
        out.int8(OF_MEMBER);
        signed.encode(out);
        yield out.bytes(attachment).toByteArray();
      }
    };
  }

  /**
   * Reads a message whose origin is trusted, such as one's own log: structure and hashes are
   * checked, signatures are not.
   */
  public static Message decode(byte[] bytes) throws ProtocolException {
    if (bytes.length > MESSAGE_BYTES_MAX) {
      throw new ProtocolException("couldn't read a message because of its length: " + bytes.length);
    }
    WireReader in = new WireReader(bytes);
    int kind = in.int8("kind");
    if (kind == OF_CLIENT) {
      return new Message.OfClient(Request.decode(in.raw(in.remaining(), "request")));
    }
    if (kind != OF_MEMBER) {
      throw new ProtocolException("couldn't read a message because its kind is unknown: " + kind);
    }
    SignedStatement signed = SignedStatement.decode(in);
    byte[] attachment = in.bytes(MESSAGE_BYTES_MAX, "attachment");
    in.end("message");
    return new Message.OfMember(signed, PayloadCodec.decode(signed.statement(), attachment));
  }

  /** Whose request a message says that it is, unverified; empty if it is none. */
  public static Optional<ClientId> claimedClient(byte[] bytes) {
    WireReader in = new WireReader(bytes);
    try {
      return in.int8("kind") == OF_CLIENT
          ? Optional.of(ClientId.of(in.bytes(Verifier.PUBLIC_KEY_BYTES_MAX, "client key")))
          : Optional.empty();
    } catch (ProtocolException e) {
      // Whatever it is, it is no request.
      return Optional.empty();
    }
  }

  /**
   * Reads and verifies a message.
   *
   * @throws ProtocolException if it is malformed, of another configuration, or any signature on
   *     which its meaning rests is bad
   */
  public Message verify(byte[] bytes) throws ProtocolException {
    Message message = decode(bytes);
    switch (message) {
      case Message.OfClient(Request request) -> verifyRequest(request);
      case Message.OfMember member -> verifyMember(member);
    }
    return message;
  }

  private void verifyRequest(Request request) throws ProtocolException {
    if (!request.verify(membership.clusterId(), verifier)) {
      throw new ProtocolException(
          "couldn't accept a request because its signature is bad: " + request);
    }
  }

  private void verifyMember(Message.OfMember message) throws ProtocolException {
    if (!message.signed().verify(membership, verifier)) {
      throw new ProtocolException(
          "couldn't accept a message because its configuration, member or signature is bad: "
              + message.statement());
    }
    switch (message.payload()) {
      case Payload.PrePrepare(var block) -> {
        if (message.replica() != membership.primary(message.view())) {
          throw new ProtocolException(
              "couldn't accept a PRE-PREPARE because its sender is not the primary: "
                  + message.statement());
        }
        for (Request request : block.requests()) {
          verifyRequest(request);
        }
      }
      case Payload.ViewChange change -> {
        if (change.claim().rank().view() >= message.view()) {
          throw new ProtocolException(
              "couldn't accept a VIEW-CHANGE because its certificate is of a later view: "
                  + change.claim().rank());
        }
        verifyCertificate(change.certificate());
      }
      case Payload.NewView newView -> verifyNewView(message, newView);
      case Payload.Committed(var certificate) -> verifyCertificate(certificate);
      case Payload.Stable(var certificate) -> verifyCertificate(certificate);
      case Payload.Accusation(var evidence) -> {
        if (rules.checksEvidenceSignatures() && !evidence.verify(membership, verifier)) {
          throw new ProtocolException(
              "couldn't accept evidence because a signature in it is bad: " + evidence);
        }
      }
      default -> {
        // The others are what their sender's signature makes them.
      }
    }
  }

  private void verifyCertificate(Certificate certificate) throws ProtocolException {
    if (!certificate.verify(membership, verifier, rules)) {
      throw new ProtocolException("couldn't accept a certificate: " + certificate);
    }
  }

  private void verifyNewView(Message.OfMember message, Payload.NewView newView)
      throws ProtocolException {
    if (message.replica() != membership.primary(message.view())
        || newView.claims().size() < rules.quorum(membership)) {
      throw new ProtocolException(
          "couldn't accept a NEW-VIEW because of its sender or the number of its claims: "
              + message.statement());
    }
    for (Payload.SignedClaim signed : newView.claims()) {
      if (signed.claim().rank().view() >= message.view()
          || !claimStatement(membership, message.view(), signed).verify(membership, verifier)) {
        throw new ProtocolException(
            "couldn't accept a NEW-VIEW because of replica " + signed.replica() + "'s claim");
      }
    }
    verifyCertificate(newView.certificate());
  }

  /** The VIEW-CHANGE statement that a claim in a NEW-VIEW stands for. */
  public static SignedStatement claimStatement(
      Membership membership, long view, Payload.SignedClaim signed) {
    return new SignedStatement(
        new Statement(
            MessageType.VIEW_CHANGE,
            membership.configurationHash(),
            view,
            0,
            signed.replica(),
            signed.claim().encode()),
        signed.signature());
  }
}
