package io.hypermesh.stoq.packet;

import static io.hypermesh.stoq.fuzz.FuzzInput.require;

import io.hypermesh.stoq.fuzz.FuzzInput;
import io.hypermesh.stoq.fuzz.FuzzTarget;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Walks the packets of a datagram; writes their headers again and reads those. */
public final class PacketHeadersFuzz implements FuzzTarget {
  private final PacketHeader header = new PacketHeader();
  private final PacketHeader again = new PacketHeader();

  @Override
  public void run(FuzzInput input) {
    int idLength = input.below(ConnectionId.LENGTH_MAX + 1);
    MemorySegment datagram = input.restSegment();
    long limit = datagram.byteSize();
    long at = 0;
    while (header.parse(datagram, at, limit, idLength)) {
      require(header.packetEnd() > at && header.packetEnd() <= limit, "the packet's end");
      requireInside(at, header.packetEnd());
      if (header.type() == PacketType.VERSION_NEGOTIATION) {
        require(header.supportedVersionCount() > 0, "versions");
        header.supportedVersion(header.supportedVersionCount() - 1);
      }
      writeAgain();
      at = header.packetEnd();
    }
  }

  private void requireInside(long start, long end) {
    require(header.headerOffset() == start, "the start");
    require(
        header.destinationConnectionIdOffset() + header.destinationConnectionIdLength() <= end,
        "the destination");
    require(
        header.sourceConnectionIdOffset() + header.sourceConnectionIdLength() <= end, "the source");
    require(header.tokenOffset() >= start, "the token's start");
    require(header.tokenOffset() + header.token().length <= end, "the token's end");
    require(header.packetNumberOffset() > start, "the packet number's start");
    require(header.packetNumberOffset() <= end, "the packet number's end");
  }

  private void writeAgain() {
    MemorySegment buffer = MemorySegment.ofArray(new byte[(int) header.packetEnd() + 600]);
    switch (header.type()) {
      case ONE_RTT -> {
        PacketHeaders.putShort(buffer, 0, header.destinationConnectionId(), false, false, 1, 4);
        require(
            again.parse(buffer, 0, 30, header.destinationConnectionIdLength()), "a short header");
        require(again.destinationConnectionId().equals(header.destinationConnectionId()), "its ID");
      }
      case INITIAL, ZERO_RTT, HANDSHAKE -> {
        int length =
            PacketHeaders.putLong(
                buffer,
                0,
                header.type(),
                header.version(),
                header.destinationConnectionId(),
                header.sourceConnectionId(),
                header.token(),
                7,
                2);
        PacketHeaders.patchLength(buffer, 0, length, 2, 20);
        require(again.parse(buffer, 0, length + 20, 0), "a long header");
        require(again.packetEnd() == length + 20, "its length");
        requireSame();
      }
      case RETRY -> {
        int length =
            PacketHeaders.putRetry(
                buffer,
                0,
                3,
                header.version(),
                header.destinationConnectionId(),
                header.sourceConnectionId(),
                header.token());
        require(again.parse(buffer, 0, length + PacketHeader.RETRY_TAG_LENGTH, 0), "a Retry");
        requireSame();
      }
      case UNSUPPORTED_VERSION -> {
        int length = PacketHeaders.putVersionNegotiation(buffer, 0, 5, header, 1, 2);
        require(again.parse(buffer, 0, length, 0), "an answer");
        require(again.type() == PacketType.VERSION_NEGOTIATION, "its type");
        require(again.supportedVersionCount() == 2, "its versions");
        require(
            again.destinationConnectionIdLength() == header.sourceConnectionIdLength()
                && again.sourceConnectionIdLength() == header.destinationConnectionIdLength(),
            "its IDs");
      }
      case VERSION_NEGOTIATION -> {}
    }
  }

  private void requireSame() {
    require(again.type() == header.type(), "the type");
    require(again.version() == header.version(), "the version");
    require(again.destinationConnectionId().equals(header.destinationConnectionId()), "the ID");
    require(again.sourceConnectionId().equals(header.sourceConnectionId()), "the source ID");
    require(Arrays.equals(again.token(), header.token()), "the token");
  }
}
