package io.hypermesh.stoq.stream;

/**
 * The limits of a connection's streams.
 *
 * @param pool where the buffers' memory comes from
 * @param connectionWindowBytes bytes that the peer may have sent, unread, over all streams
 * @param connectionWindowBytesMax what that may grow to; no less
 * @param streamWindowBytes bytes that the peer may have sent, unread, on one stream
 * @param streamWindowBytesMax what that may grow to; no less
 * @param sendBufferBytes bytes that one stream takes from the host before they are acknowledged
 * @param bidirectionalStreamsMax bidirectional streams that the peer may have open at once
 * @param unidirectionalStreamsMax unidirectional streams that the peer may have open at once
 * @param reassemblyRangesMax pieces of one stream that may wait above its first gap
 */
public record StreamSettings(
    ChunkPool pool,
    long connectionWindowBytes,
    long connectionWindowBytesMax,
    long streamWindowBytes,
    long streamWindowBytesMax,
    long sendBufferBytes,
    int bidirectionalStreamsMax,
    int unidirectionalStreamsMax,
    int reassemblyRangesMax) {}
