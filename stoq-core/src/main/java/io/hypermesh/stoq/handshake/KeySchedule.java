package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.protection.CipherSuite;
import io.hypermesh.stoq.protection.Hkdf;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The key schedule (RFC 8446, 7.1) for a handshake with (EC)DHE, with or without a pre-shared key.
 *
 * <pre>
 *   PSK or 0 → Early Secret ─→ res binder, c e traffic
 *        └→ "derived" → Extract(ECDHE) = Handshake Secret ─→ c hs traffic, s hs traffic
 *             └→ "derived" → Extract(0) = Main Secret ─→ c ap traffic, s ap traffic, res master
 * </pre>
 *
 * <p>From the main secret comes the exporter's too (7.5). Every secret is erased once the next one
 * is derived from it, or on {@link #close()}. Owned by the thread of its handshake.
 */
final class KeySchedule implements AutoCloseable {
  private static final byte[] EMPTY = new byte[0];

  private final String hashAlgorithm;
  private final int hashLength;
  private final byte[] emptyHash;
  private byte[] secret;
  private byte[] clientHandshakeSecret = EMPTY;
  private byte[] serverHandshakeSecret = EMPTY;
  private byte[] clientApplicationSecret = EMPTY;
  private byte[] serverApplicationSecret = EMPTY;
  private byte[] exporterSecret = EMPTY;

  KeySchedule(CipherSuite suite) {
    this(suite, new byte[suite.hashLength()]);
  }

  /**
   * @param psk the pre-shared key of a session; the caller erases it
   */
  KeySchedule(CipherSuite suite, byte[] psk) {
    hashAlgorithm = suite.hashAlgorithm();
    hashLength = suite.hashLength();
    emptyHash = emptyHash(hashAlgorithm);
    secret = Hkdf.extract(hashAlgorithm, EMPTY, psk);
  }

  /**
   * The binder that proves a resumption's pre-shared key (RFC 8446, 4.2.11.2). Before {@link
   * #enterHandshake}.
   *
   * @param transcriptHash up to the list of binders
   */
  byte[] binder(byte[] transcriptHash) {
    byte[] binderKey = derive("res binder", emptyHash);
    byte[] binder = finished(binderKey, transcriptHash);
    erase(binderKey);
    return binder;
  }

  /**
   * The secret of early data. Before {@link #enterHandshake}.
   *
   * @param transcriptHash of the ClientHello
   */
  byte[] earlySecret(byte[] transcriptHash) {
    return derive("c e traffic", transcriptHash);
  }

  /**
   * The secret that the keys of later sessions come from; the caller erases it. After {@link
   * #enterApplication}.
   *
   * @param transcriptHash of ClientHello to the client's Finished
   */
  byte[] resumptionSecret(byte[] transcriptHash) {
    return derive("res master", transcriptHash);
  }

  /** The pre-shared key of the session that a ticket with this nonce is for (RFC 8446, 4.6.1). */
  static byte[] resumptionKey(CipherSuite suite, byte[] resumptionSecret, byte[] nonce) {
    return Hkdf.expandLabel(
        suite.hashAlgorithm(), resumptionSecret, "resumption", nonce, suite.hashLength());
  }

  /**
   * Goes on from the early to the handshake secret.
   *
   * @param sharedSecret of (EC)DHE; the caller erases it
   * @param transcriptHash of ClientHello to ServerHello
   */
  void enterHandshake(byte[] sharedSecret, byte[] transcriptHash) {
    advance(sharedSecret);
    clientHandshakeSecret = derive("c hs traffic", transcriptHash);
    serverHandshakeSecret = derive("s hs traffic", transcriptHash);
  }

  /**
   * Goes on from the handshake to the main secret.
   *
   * @param transcriptHash of ClientHello to the server's Finished
   */
  void enterApplication(byte[] transcriptHash) {
    advance(new byte[hashLength]);
    clientApplicationSecret = derive("c ap traffic", transcriptHash);
    serverApplicationSecret = derive("s ap traffic", transcriptHash);
    exporterSecret = derive("exp master", transcriptHash);
  }

  private void advance(byte[] inputKeyMaterial) {
    byte[] salt = derive("derived", emptyHash);
    erase(secret);
    secret = Hkdf.extract(hashAlgorithm, salt, inputKeyMaterial);
    erase(salt);
  }

  private byte[] derive(String label, byte[] context) {
    return Hkdf.expandLabel(hashAlgorithm, secret, label, context, hashLength);
  }

  byte[] clientHandshakeSecret() {
    return clientHandshakeSecret.clone();
  }

  byte[] serverHandshakeSecret() {
    return serverHandshakeSecret.clone();
  }

  byte[] clientApplicationSecret() {
    return clientApplicationSecret.clone();
  }

  byte[] serverApplicationSecret() {
    return serverApplicationSecret.clone();
  }

  byte[] exporterSecret() {
    return exporterSecret.clone();
  }

  /** The verify_data of the client's Finished over this transcript (RFC 8446, 4.4.4). */
  byte[] clientFinished(byte[] transcriptHash) {
    return finished(clientHandshakeSecret, transcriptHash);
  }

  /** The verify_data of the server's Finished over this transcript. */
  byte[] serverFinished(byte[] transcriptHash) {
    return finished(serverHandshakeSecret, transcriptHash);
  }

  private byte[] finished(byte[] baseKey, byte[] transcriptHash) {
    byte[] finishedKey = Hkdf.expandLabel(hashAlgorithm, baseKey, "finished", EMPTY, hashLength);
    // HKDF-Extract is HMAC with the salt as its key, which is what verify_data is.
    byte[] verifyData = Hkdf.extract(hashAlgorithm, finishedKey, transcriptHash);
    erase(finishedKey);
    return verifyData;
  }

  @Override
  public void close() {
    erase(secret);
    erase(clientHandshakeSecret);
    erase(serverHandshakeSecret);
    erase(clientApplicationSecret);
    erase(serverApplicationSecret);
    erase(exporterSecret);
  }

  static void erase(byte[] bytes) {
    Arrays.fill(bytes, (byte) 0);
  }

  private static byte[] emptyHash(String hashAlgorithm) {
    try {
      return MessageDigest.getInstance(hashAlgorithm).digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("couldn't derive keys: this JDK lacks " + hashAlgorithm, e);
    }
  }
}
