package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.protection.CipherSuite;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The transcript hash (RFC 8446, 4.4.1). */
final class Transcript {
  private final MessageDigest digest;

  private Transcript(MessageDigest digest) {
    this.digest = digest;
  }

  /** A transcript that starts with this ClientHello. */
  static Transcript start(CipherSuite suite, byte[] clientHello) {
    Transcript transcript = new Transcript(newDigest(suite));
    transcript.update(clientHello);
    return transcript;
  }

  /** A transcript in which the hash of the first ClientHello stands for it, and a retry follows. */
  static Transcript startWithRetry(CipherSuite suite, byte[] firstClientHello, byte[] retry) {
    byte[] hash = newDigest(suite).digest(firstClientHello);
    Transcript transcript = new Transcript(newDigest(suite));
    transcript.update(HandshakeWriter.ofMessage(HandshakeType.MESSAGE_HASH).bytes(hash).finish());
    transcript.update(retry);
    return transcript;
  }

  void update(byte[] message) {
    digest.update(message);
  }

  /** The hash of all messages so far. */
  byte[] hash() {
    return cloneDigest().digest();
  }

  /** An independent copy, for another thread. */
  Transcript copy() {
    return new Transcript(cloneDigest());
  }

  private MessageDigest cloneDigest() {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException(
          "couldn't hash the transcript: this JDK's " + digest.getAlgorithm() + " has no clone", e);
    }
  }

  private static MessageDigest newDigest(CipherSuite suite) {
    try {
      return MessageDigest.getInstance(suite.hashAlgorithm());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(
          "couldn't hash the transcript: this JDK lacks " + suite.hashAlgorithm(), e);
    }
  }
}
