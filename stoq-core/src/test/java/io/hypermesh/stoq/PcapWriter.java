package io.hypermesh.stoq;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes datagrams as a packet capture of IPv6 packets, which needs no privileges. */
final class PcapWriter implements AutoCloseable {
  private static final int LINKTYPE_RAW = 101;
  private static final int IPV6_HEADER = 40;
  private static final int UDP_HEADER = 8;
  private static final int UDP = 17;

  private final OutputStream output;
  private int datagrams;

  PcapWriter(Path file) throws IOException {
    output = Files.newOutputStream(file);
    ByteBuffer header = ByteBuffer.allocate(24);
    header.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0);
    header.putInt(65_535).putInt(LINKTYPE_RAW);
    output.write(header.array());
  }

  synchronized void write(InetSocketAddress from, InetSocketAddress to, byte[] payload)
      throws IOException {
    int length = IPV6_HEADER + UDP_HEADER + payload.length;
    ByteBuffer packet = ByteBuffer.allocate(16 + length);
    packet.putInt(datagrams / 1_000_000).putInt(datagrams % 1_000_000);
    packet.putInt(length).putInt(length);
    packet.putInt(0x60000000).putShort((short) (UDP_HEADER + payload.length));
    packet.put((byte) UDP).put((byte) 64);
    packet.put(from.getAddress().getAddress()).put(to.getAddress().getAddress());
    packet.putShort((short) from.getPort()).putShort((short) to.getPort());
    packet.putShort((short) (UDP_HEADER + payload.length)).putShort((short) 0);
    packet.put(payload);
    output.write(packet.array());
    datagrams++;
  }

  @Override
  public synchronized void close() throws IOException {
    output.close();
  }
}
