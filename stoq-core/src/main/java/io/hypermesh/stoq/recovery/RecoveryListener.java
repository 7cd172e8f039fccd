package io.hypermesh.stoq.recovery;

/**
 * Hears what became of packets. A packet is valid until the method returns; the methods must not
 * call the {@link Recovery} that calls them.
 */
public interface RecoveryListener {
  /** The peer has received the packet. */
  void onAcked(PacketNumberSpace space, SentPacket packet);

  /** The packet counts as lost: what it carried has to be sent again where it still matters. */
  void onLost(PacketNumberSpace space, SentPacket packet);
}
