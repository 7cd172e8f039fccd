package io.hypermesh.byzantine.checkpoint;

import io.hypermesh.byzantine.Digest;
import io.hypermesh.byzantine.ProtocolException;
import io.hypermesh.byzantine.message.Certificate;
import io.hypermesh.byzantine.message.Payload;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one certified state from several replicas at once.
 *
 * <p>Nothing is believed: the manifest must hash to what a quorum certified, and each chunk to what
 * the manifest says, whoever sent it. A member that answers with anything else is not asked again
 * during this transfer. Owned by the replica's thread; the replica's tick asks again for what did
 * not come.
 *
 * <pre>
 *   certificate ── manifest asked ──► manifest verified ── chunks asked ──► complete
 * </pre>
 */
public final class StateTransfer {
  /** How many chunks are asked for at once. */
  public static final int REQUESTS_MAX = 16;

  private final Certificate certificate;
  private final List<Integer> sources;
  private final BitSet distrusted = new BitSet();
  private @Nullable Manifest manifest;
  private byte @Nullable [][] chunks;
  private int missing;
  private int nextSource;
  private boolean advanced;

  /** A part to ask a member for. */
  public record Ask(int replica, int chunk) {}

  /**
   * Starts a transfer.
   *
   * @param certificate a verified CHECKPOINT certificate
   * @param sources the members to ask, in turn
   */
  public StateTransfer(Certificate certificate, List<Integer> sources) {
    this.certificate = certificate;
    this.sources = List.copyOf(sources);
  }

  /** The certificate of the state that is fetched. */
  public Certificate certificate() {
    return certificate;
  }

  /** What to ask for now, each part from another member. */
  public List<Ask> asks() {
    List<Ask> asks = new ArrayList<>();
    byte[][] parts = chunks;
    if (manifest == null || parts == null) {
      asks.add(new Ask(nextSource(), Payload.FetchState.MANIFEST));
      return asks;
    }
    for (int i = 0; i < parts.length && asks.size() < REQUESTS_MAX; i++) {
      if (parts[i] == null) {
        asks.add(new Ask(nextSource(), i));
      }
    }
    return asks;
  }

  private int nextSource() {
    for (int i = 0; i < sources.size(); i++) {
      int source = sources.get(nextSource++ % sources.size());
      if (!distrusted.get(source)) {
        return source;
      }
    }
    // Everybody sent something bad, so some of it was damaged on the way: begin again.
    distrusted.clear();
    return sources.get(nextSource++ % sources.size());
  }

  /** Takes a part; one that does not fit the certificate is not kept. */
  public void receive(int replica, int chunk, byte[] bytes) {
    if (chunk == Payload.FetchState.MANIFEST) {
      receiveManifest(replica, bytes);
      return;
    }
    Manifest verified = manifest;
    byte[][] parts = chunks;
    if (verified == null || parts == null || chunk >= parts.length || parts[chunk] != null) {
      return;
    }
    if (!Digest.sha256(bytes).equals(verified.chunkHashes().get(chunk))) {
      distrusted.set(replica);
      return;
    }
    parts[chunk] = bytes;
    missing--;
    advanced = true;
  }

  private void receiveManifest(int replica, byte[] bytes) {
    if (manifest != null) {
      return;
    }
    if (!Digest.sha256(bytes).equals(certificate.checkpoint().snapshotRoot())) {
      distrusted.set(replica);
      return;
    }
    try {
      manifest = Manifest.decode(bytes);
    } catch (ProtocolException e) {
      throw new IllegalStateException(
          "couldn't read a manifest that a quorum certified, so replicas differ in version", e);
    }
    missing = manifest.chunkHashes().size();
    chunks = new byte[missing][];
    advanced = true;
  }

  /** Whether anything came since the last call. */
  public boolean advanced() {
    boolean answer = advanced;
    advanced = false;
    return answer;
  }

  /** The snapshot once it is complete, or null. */
  public @Nullable ReplicaSnapshot completed() {
    Manifest verified = manifest;
    byte[][] parts = chunks;
    return verified == null || parts == null || missing > 0
        ? null
        : ReplicaSnapshot.ofVerified(verified, List.of(parts));
  }
}
