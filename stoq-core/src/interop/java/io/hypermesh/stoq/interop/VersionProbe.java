package io.hypermesh.stoq.interop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.TreeSet;

/** Asks a server for its versions: it answers one that nobody has with all of its own. */
final class VersionProbe {
  private static final int RESERVED_VERSION = 0x1a2a3a4a;
  private static final int ID_BYTES = 8;

  private VersionProbe() {}

  /** The versions in the server's Version Negotiation packet (RFC 8999, 6). */
  static Set<String> ask(InetSocketAddress server) throws IOException {
    ByteBuffer packet = ByteBuffer.allocate(1_200);
    packet.put((byte) 0xc0).putInt(RESERVED_VERSION);
    packet.put((byte) ID_BYTES).putLong(0x0102030405060708L);
    packet.put((byte) ID_BYTES).putLong(0x1112131415161718L);
    try (DatagramSocket socket = new DatagramSocket(0, Trial.LOOPBACK)) {
      socket.setSoTimeout(10_000);
      socket.send(new DatagramPacket(packet.array(), packet.capacity(), server));
      DatagramPacket answer = new DatagramPacket(new byte[1_500], 1_500);
      socket.receive(answer);
      ByteBuffer read = ByteBuffer.wrap(answer.getData(), 0, answer.getLength());
      read.position(5);
      read.position(read.position() + 1 + read.get(read.position()));
      read.position(read.position() + 1 + read.get(read.position()));
      Set<String> versions = new TreeSet<>();
      while (read.remaining() >= 4) {
        versions.add(String.format("0x%08x", read.getInt()));
      }
      return versions;
    }
  }
}
