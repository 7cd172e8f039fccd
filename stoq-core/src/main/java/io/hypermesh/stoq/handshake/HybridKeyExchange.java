package io.hypermesh.stoq.handshake;

import io.hypermesh.stoq.packet.TransportException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Function;
import javax.security.auth.DestroyFailedException;
import org.bouncycastle.crypto.SecretWithEncapsulation;
import org.bouncycastle.crypto.kems.MLKEMExtractor;
import org.bouncycastle.crypto.kems.MLKEMGenerator;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;
import org.jspecify.annotations.Nullable;

/**
 * X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem, 4): ML-KEM-768 (FIPS 203) beside X25519, so that
 * traffic which is recorded today stays secret unless both are broken.
 *
 * <pre>
 *   client: ML-KEM encapsulation key (1,184 bytes) || X25519 share (32)
 *   server: ML-KEM ciphertext        (1,088 bytes) || X25519 share (32)
 *   secret: ML-KEM secret (32) || X25519 secret (32)
 * </pre>
 *
 * <p>ML-KEM runs in BouncyCastle: it takes its randomness as bytes and its keys raw, where the
 * JDK's draws on the thread that happens to run it and wraps keys in ASN.1; both are equally fast
 * (0.1 ms an operation). What a client is told when its ciphertext was tampered with is nothing:
 * FIPS 203 makes a different secret of it, and the server's Finished won't match.
 */
final class HybridKeyExchange implements KeyExchange {
  private static final MLKEMParameters ML_KEM = MLKEMParameters.ml_kem_768;
  private static final int ENCAPSULATION_KEY_LENGTH = 1_184;
  private static final int CIPHERTEXT_LENGTH = 1_088;

  /** d and z of FIPS 203, 7.1, that a client's key pair follows from. */
  private static final int SEED_LENGTH = 64;

  /** m of FIPS 203, 7.2, that a server encapsulates with. */
  private static final int MESSAGE_LENGTH = 32;

  private final KeyExchange x25519;
  private final byte[] seed;
  private @Nullable MLKEMPrivateKeyParameters decapsulationKey;

  /**
   * @param seed 64 random bytes; a server uses the first 32 only; kept, and erased by {@link
   *     #close()}
   */
  private HybridKeyExchange(KeyExchange x25519, byte[] seed) {
    this.x25519 = x25519;
    this.seed = seed;
  }

  /**
   * @param curve gives the curve's part, by the random source that it is handed
   */
  static HybridKeyExchange generate(
      SecureRandom random, Function<SecureRandom, KeyExchange> curve) {
    byte[] seed = new byte[SEED_LENGTH];
    random.nextBytes(seed);
    return new HybridKeyExchange(curve.apply(random), seed);
  }

  @Override
  public NamedGroup group() {
    return NamedGroup.X25519MLKEM768;
  }

  @Override
  public byte[] share() {
    return concatenate(encapsulationKey(decapsulationKey()), x25519.share());
  }

  private MLKEMPrivateKeyParameters decapsulationKey() {
    MLKEMPrivateKeyParameters key = decapsulationKey;
    if (key == null) {
      key = decapsulationKey(seed);
      decapsulationKey = key;
    }
    return key;
  }

  @Override
  public byte[] agree(byte[] serverShare) throws TransportException {
    KeyExchange.requireLength(group(), serverShare, group().serverShareLength());
    byte[] elliptic =
        x25519.agree(Arrays.copyOfRange(serverShare, CIPHERTEXT_LENGTH, serverShare.length));
    byte[] encapsulated =
        decapsulate(decapsulationKey(), Arrays.copyOf(serverShare, CIPHERTEXT_LENGTH));
    return join(encapsulated, elliptic);
  }

  @Override
  public Answer answer(byte[] clientShare) throws TransportException {
    KeyExchange.requireLength(group(), clientShare, group().clientShareLength());
    SecretWithEncapsulation encapsulation =
        encapsulate(Arrays.copyOf(clientShare, ENCAPSULATION_KEY_LENGTH), message());
    try {
      byte[] elliptic =
          x25519.agree(
              Arrays.copyOfRange(clientShare, ENCAPSULATION_KEY_LENGTH, clientShare.length));
      return new Answer(
          concatenate(encapsulation.getEncapsulation(), x25519.share()),
          join(encapsulation.getSecret(), elliptic));
    } finally {
      destroy(encapsulation);
    }
  }

  private byte[] message() {
    return Arrays.copyOf(seed, MESSAGE_LENGTH);
  }

  /** Both secrets in one; the parts are erased. */
  private static byte[] join(byte[] encapsulated, byte[] elliptic) {
    byte[] secret = concatenate(encapsulated, elliptic);
    KeySchedule.erase(encapsulated);
    KeySchedule.erase(elliptic);
    return secret;
  }

  private static byte[] concatenate(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  // ---- ML-KEM-768 ----

  /** The key that follows from d and z (FIPS 203, algorithm 16). */
  static MLKEMPrivateKeyParameters decapsulationKey(byte[] seed) {
    return new MLKEMPrivateKeyParameters(ML_KEM, seed);
  }

  static byte[] encapsulationKey(MLKEMPrivateKeyParameters key) {
    return key.getPublicKey();
  }

  /**
   * A fresh secret and its ciphertext (FIPS 203, algorithm 17).
   *
   * @param message 32 random bytes; erased
   * @throws TransportException with {@code illegal_parameter} for a key of another length, or with
   *     a coefficient that is not below the modulus (FIPS 203, 7.2)
   */
  static SecretWithEncapsulation encapsulate(byte[] encapsulationKey, byte[] message)
      throws TransportException {
    try {
      return MLKEMGenerator.internalGenerateEncapsulated(
          new MLKEMPublicKeyParameters(ML_KEM, encapsulationKey), message);
    } catch (IllegalArgumentException e) {
      throw Alert.ILLEGAL_PARAMETER.because(
          "couldn't agree on a key: the peer's ML-KEM-768 encapsulation key is not one");
    } finally {
      KeySchedule.erase(message);
    }
  }

  /** The secret of a ciphertext of the right length (FIPS 203, algorithm 18). */
  static byte[] decapsulate(MLKEMPrivateKeyParameters key, byte[] ciphertext) {
    return new MLKEMExtractor(key).extractSecret(ciphertext);
  }

  private static void destroy(SecretWithEncapsulation encapsulation) {
    try {
      encapsulation.destroy();
    } catch (DestroyFailedException e) {
      throw new IllegalStateException("couldn't erase an encapsulated secret", e);
    }
  }

  @Override
  public void close() {
    KeySchedule.erase(seed);
    x25519.close();
    MLKEMPrivateKeyParameters key = decapsulationKey;
    if (key != null) {
      decapsulationKey = null;
      key.destroy();
    }
  }
}
