package io.hypermesh.byzantine.simulation;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * A stand-in for signatures that is a hundred times faster: a MAC under a secret that the
 * simulation keeps. Within a run it has what counts: nobody signs for another without asking the
 * other's {@link Signer}, so a forgery is seen as one. Outside a simulation it is worthless. Not
 * thread-safe.
 */
public final class SimulatedKeys implements Verifier {
  private final long seed;
  private final Map<Digest, byte[]> secrets = new HashMap<>();

  /** Keys that depend on the seed alone. */
  public SimulatedKeys(long seed) {
    this.seed = seed;
  }

  /** The signer of that name; the same name has the same key. */
  public Signer signer(String name) {
    byte[] publicKey = ("simulated key of " + name).getBytes(StandardCharsets.UTF_8);
    byte[] secret =
        Digest.sha256(("secret " + seed + " of " + name).getBytes(StandardCharsets.UTF_8)).bytes();
    secrets.put(Digest.sha256(publicKey), secret);
    return new Signer() {
      @Override
      public byte[] publicKey() {
        return publicKey.clone();
      }

      @Override
      public byte[] sign(byte[] message) {
        return Digest.sha256(secret, message).bytes();
      }
    };
  }

  @Override
  public boolean verify(byte[] publicKeySpki, byte[] message, byte[] signature) {
    byte[] secret = secrets.get(Digest.sha256(publicKeySpki));
    return secret != null
        && signature.length == Digest.BYTES
        && Digest.sha256(secret, message).equals(Digest.of(signature));
  }
}
