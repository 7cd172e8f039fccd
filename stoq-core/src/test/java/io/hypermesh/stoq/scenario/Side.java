package io.hypermesh.stoq.scenario;

import io.hypermesh.stoq.connection.ConnectionSettings;
import io.hypermesh.stoq.connection.PathSettings;
import io.hypermesh.stoq.packet.QuicVersion;
import io.hypermesh.stoq.recovery.CongestionAlgorithm;
import io.hypermesh.stoq.stream.ChunkPool;
import java.util.List;

/** One side's limits, and what it wants. */
record Side(
    long idleNanos,
    long keepAliveNanos,
    boolean pacing,
    CongestionAlgorithm congestion,
    long connectionWindowBytes,
    long streamWindowBytes,
    long sendBufferBytes,
    int bidirectionalStreamsMax,
    int unidirectionalStreamsMax,
    int activeConnectionIdLimit,
    int maxAckDelayMillis,
    int cryptoBufferBytesMax,
    int undecryptablePacketsMax,
    int reassemblyRangesMax,
    long keyUpdatePackets,
    int chunkBytes,
    int chunksMax,
    long taskNanosMax,
    List<QuicVersion> versions,
    boolean greaseQuicBit,
    PathSettings paths,
    int datagramSendBytes,
    int datagramFrameBytesMax) {

  /**
   * @param tight with limits that are reached
   */
  static Side draw(Draw draw, boolean tight) {
    long idle =
        draw.chance(0.3)
            ? draw.scaled(2 * Schedule.SECOND, 30 * Schedule.SECOND)
            : 30 * Schedule.SECOND;
    return new Side(
        idle,
        draw.chance(0.3) ? idle / 3 : 0,
        draw.chance(0.7),
        draw.oneOf(List.of(CongestionAlgorithm.values())),
        tight ? draw.scaled(1_000, 200_000) : 1 << 20,
        tight ? draw.scaled(500, 100_000) : 1 << 18,
        tight ? draw.scaled(500, 100_000) : 1 << 18,
        tight ? 1 + draw.below(8) : 100,
        tight ? 1 + draw.below(8) : 100,
        2 + draw.below(7),
        draw.chance(0.5) ? 25 : draw.below(60),
        tight ? 4_096 : 65_536,
        tight ? draw.below(33) : 32,
        tight ? 4 + draw.below(60) : 1_024,
        draw.chance(0.2) ? draw.scaled(5, 500) : 1L << 22,
        draw.chance(0.5) ? 1_024 : 4_096,
        tight ? 8 + draw.below(100) : 4_096,
        draw.chance(0.5) ? 0 : draw.scaled(Schedule.MILLI / 10, 50 * Schedule.MILLI),
        draw.chance(0.7)
            ? List.of(QuicVersion.V1, QuicVersion.V2)
            : List.of(QuicVersion.V2, QuicVersion.V1),
        draw.chance(0.7),
        PathSettings.DEFAULTS.withEcn(draw.chance(0.6)),
        draw.chance(0.5) ? 1_200 + draw.below(300) : 1_452,
        draw.chance(0.7) ? 65_535 : draw.below(3) * 400);
  }

  /** With other versions. */
  Side speaking(List<QuicVersion> only) {
    return with(only, paths);
  }

  /** With other wishes for its paths. */
  Side on(PathSettings changed) {
    return with(versions, changed);
  }

  private Side with(List<QuicVersion> newVersions, PathSettings newPaths) {
    return new Side(
        idleNanos,
        keepAliveNanos,
        pacing,
        congestion,
        connectionWindowBytes,
        streamWindowBytes,
        sendBufferBytes,
        bidirectionalStreamsMax,
        unidirectionalStreamsMax,
        activeConnectionIdLimit,
        maxAckDelayMillis,
        cryptoBufferBytesMax,
        undecryptablePacketsMax,
        reassemblyRangesMax,
        keyUpdatePackets,
        chunkBytes,
        chunksMax,
        taskNanosMax,
        newVersions,
        greaseQuicBit,
        newPaths,
        datagramSendBytes,
        datagramFrameBytesMax);
  }

  ConnectionSettings settings() {
    return ConnectionSettings.builder(new ChunkPool(chunkBytes, chunksMax))
        .idleTimeoutNanos(idleNanos)
        .keepAliveNanos(keepAliveNanos)
        .pacing(pacing)
        .congestion(congestion)
        .connectionWindowBytes(connectionWindowBytes)
        .streamWindowBytes(streamWindowBytes)
        .sendBufferBytes(sendBufferBytes)
        .bidirectionalStreamsMax(bidirectionalStreamsMax)
        .unidirectionalStreamsMax(unidirectionalStreamsMax)
        .activeConnectionIdLimit(activeConnectionIdLimit)
        .maxAckDelayMillis(maxAckDelayMillis)
        .cryptoBufferBytesMax(cryptoBufferBytesMax)
        .undecryptablePacketsMax(undecryptablePacketsMax)
        .reassemblyRangesMax(reassemblyRangesMax)
        .keyUpdatePackets(keyUpdatePackets)
        .versions(versions)
        .greaseQuicBit(greaseQuicBit)
        .paths(paths)
        .datagramSendBytes(datagramSendBytes)
        .datagramFrameBytesMax(datagramFrameBytesMax)
        .build();
  }
}
