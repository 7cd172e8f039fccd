package io.hypermesh.byzantine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who votes: an immutable, ordered list of {@code n = 3f+1} members of one cluster. It alone is
 * what a third party needs (and must trust) to verify a {@link ReplyCertificate} or evidence.
 * Thread-safe.
 *
 * <p>{@link #clusterId} names the cluster for its whole life, whatever its members; {@link
 * #configurationHash} names this very list, and every message of a member is signed under it.
 */
public final class Membership {
  /** The fewest members: one may misbehave. */
  public static final int MEMBERS_MIN = 4;

  /** The most members: what the wire format's counts are dimensioned for. */
  public static final int MEMBERS_MAX = 1_000;

  private static final byte[] CLUSTER_DOMAIN =
      "hypermesh-byzantine/cluster/1\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CONFIGURATION_DOMAIN =
      "hypermesh-byzantine/configuration/1\0".getBytes(StandardCharsets.US_ASCII);

  private final String cluster;
  private final long epoch;
  private final List<Member> members;
  private final Digest clusterId;
  private final Digest configurationHash;

  private Membership(String cluster, long epoch, List<Member> members) {
    this.cluster = cluster;
    this.epoch = epoch;
    this.members = List.copyOf(members);
    this.clusterId = Digest.sha256(CLUSTER_DOMAIN, cluster.getBytes(StandardCharsets.UTF_8));
    this.configurationHash = hash(clusterId, epoch, this.members);
  }

  /** Starts a membership of the cluster with the given name, 1 to 255 characters. */
  public static Builder builder(String cluster) {
    if (cluster.isEmpty() || cluster.length() > 255) {
      throw new IllegalArgumentException(
          "couldn't name the cluster because a name has 1 to 255 characters: " + cluster.length());
    }
    return new Builder(cluster);
  }

  private static Digest hash(Digest clusterId, long epoch, List<Member> members) {
    List<byte[]> parts = new ArrayList<>();
    parts.add(CONFIGURATION_DOMAIN);
    parts.add(clusterId.bytes());
    parts.add(ByteBuffer.allocate(12).putLong(epoch).putInt(members.size()).array());
    for (Member member : members) {
      byte[] name = member.name().getBytes(StandardCharsets.UTF_8);
      byte[] key = member.publicKey();
      parts.add(
          ByteBuffer.allocate(8 + name.length + key.length)
              .putInt(name.length)
              .put(name)
              .putInt(key.length)
              .put(key)
              .array());
    }
    return Digest.sha256(parts.toArray(byte[][]::new));
  }

  /** The cluster's name. */
  public String cluster() {
    return cluster;
  }

  /** Which configuration of the cluster this is, from 0. */
  public long epoch() {
    return epoch;
  }

  /** The members by index. */
  public List<Member> members() {
    return members;
  }

  /**
   * The member with that index.
   *
   * @throws IndexOutOfBoundsException if there is none
   */
  public Member member(int index) {
    return members.get(index);
  }

  /** Whether a member with that index exists. */
  public boolean contains(int index) {
    return index >= 0 && index < members.size();
  }

  /** The number of members, {@code n = 3f+1}. */
  public int size() {
    return members.size();
  }

  /** How many members may misbehave without harm, {@code f}. */
  public int faultsMax() {
    return (members.size() - 1) / 3;
  }

  /** How many votes decide, {@code 2f+1}: any two quorums share a correct member. */
  public int quorum() {
    return 2 * faultsMax() + 1;
  }

  /** How many equal answers include a correct member's, {@code f+1}. */
  public int weakQuorum() {
    return faultsMax() + 1;
  }

  /** The index of the member that proposes in a view: the view modulo n. */
  public int primary(long view) {
    return (int) Long.remainderUnsigned(view, members.size());
  }

  /**
   * The SHA-256 that names the cluster whatever its members; client requests are signed under it.
   */
  public Digest clusterId() {
    return clusterId;
  }

  /** The SHA-256 over the cluster, the epoch and every member's name and key. */
  public Digest configurationHash() {
    return configurationHash;
  }

  /**
   * Whether {@code signature} is that member's over {@code message}; false for an unknown index.
   */
  public boolean verify(Verifier verifier, int index, byte[] message, byte[] signature) {
    return contains(index) && members.get(index).verifies(verifier, message, signature);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Membership membership
        && configurationHash.equals(membership.configurationHash);
  }

  @Override
  public int hashCode() {
    return configurationHash.hashCode();
  }

  @Override
  public String toString() {
    return cluster + "#" + epoch + members;
  }

  /** Collects members in the order of their indexes. Not thread-safe. */
  public static final class Builder {
    private final String cluster;
    private final List<Member> members = new ArrayList<>();
    private final Set<Digest> keys = new HashSet<>();
    private long epoch;

    private Builder(String cluster) {
      this.cluster = cluster;
    }

    /** Sets which configuration of the cluster this is; 0 unless told. */
    public Builder epoch(long epoch) {
      if (epoch < 0) {
        throw new IllegalArgumentException(
            "couldn't set the epoch because it counts from 0: " + epoch);
      }
      this.epoch = epoch;
      return this;
    }

    /**
     * Adds the next member.
     *
     * @param name for people, at most {@value Member#NAME_BYTES_MAX} UTF-8 bytes
     * @param publicKeySpki the DER-encoded SubjectPublicKeyInfo, copied
     * @throws IllegalArgumentException if the key is a member's already, too long or empty, or the
     *     name too long
     */
    public Builder add(String name, byte[] publicKeySpki) {
      if (name.getBytes(StandardCharsets.UTF_8).length > Member.NAME_BYTES_MAX) {
        throw new IllegalArgumentException(
            "couldn't add the member because its name is longer than "
                + Member.NAME_BYTES_MAX
                + " bytes: "
                + name);
      }
      if (publicKeySpki.length == 0 || publicKeySpki.length > Verifier.PUBLIC_KEY_BYTES_MAX) {
        throw new IllegalArgumentException(
            "couldn't add member "
                + name
                + " because of its key's length: "
                + publicKeySpki.length);
      }
      if (!keys.add(Digest.sha256(publicKeySpki))) {
        throw new IllegalArgumentException(
            "couldn't add member " + name + " because one key is one member: it was added before");
      }
      members.add(new Member(members.size(), name, publicKeySpki));
      return this;
    }

    /**
     * The membership.
     *
     * @throws IllegalArgumentException unless there are 3f+1 members, at least {@value
     *     Membership#MEMBERS_MIN} and at most {@value Membership#MEMBERS_MAX}
     */
    public Membership build() {
      int size = members.size();
      if (size < MEMBERS_MIN || size > MEMBERS_MAX || size % 3 != 1) {
        throw new IllegalArgumentException(
            "couldn't form a membership because it has 3f+1 members, from 4 to "
                + MEMBERS_MAX
                + ": "
                + size);
      }
      return new Membership(cluster, epoch, members);
    }
  }
}
