package io.hypermesh.stoq;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * As much of HTTP/3 (RFC 9114) and QPACK's static table (RFC 9204) as other people's test programs
 * need to be content: one request, one response, one control stream.
 */
public final class MinimalHttp3 {
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final int FRAME_DATA = 0x00;
  private static final int FRAME_HEADERS = 0x01;

  /** Stream type "control", then an empty SETTINGS frame. */
  private static final byte[] CONTROL_STREAM = {0x00, 0x04, 0x00};

  /** QPACK: no dynamic table, then entry 25 of the static table, {@code :status: 200}. */
  private static final byte[] STATUS_200 = {0, 0, (byte) 0xd9};

  private MinimalHttp3() {}

  public static void openControlStream(StoqConnection connection) {
    CompletableFuture<Void> _ =
        connection
            .openUnidirectionalStream()
            .thenAccept(stream -> {
              try {
                stream.write(CONTROL_STREAM, 0, CONTROL_STREAM.length);
              } catch (StoqException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  /** Reads a request and answers it with a body; what was in the request's body is given back. */
  public static byte[] serve(StoqStream stream, byte[] body) throws IOException {
    byte[] request = stream.inputStream(WAIT).readAllBytes();
    try (OutputStream output = stream.outputStream(WAIT)) {
      writeFrame(output, FRAME_HEADERS, STATUS_200);
      writeFrame(output, FRAME_DATA, body);
    }
    return dataOf(request);
  }

  /** Asks for a path and gives the response's body. */
  static byte[] get(StoqConnection connection, String authority, String path) throws Exception {
    return exchange(connection, authority, path, new byte[0], () -> {});
  }

  /**
   * Asks for a path, with a body where there is one, and gives the response's body.
   *
   * @param meanwhile run again and again while the response comes, at the latest at its end
   */
  public static byte[] exchange(
      StoqConnection connection, String authority, String path, byte[] body, Runnable meanwhile)
      throws Exception {
    StoqStream stream = ask(connection, authority, path, body);
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    byte[] block = new byte[64 << 10];
    try (InputStream input = stream.inputStream(WAIT)) {
      for (int count = input.read(block); count >= 0; count = input.read(block)) {
        response.write(block, 0, count);
        meanwhile.run();
      }
    }
    return dataOf(response.toByteArray());
  }

  /** Sends a request, with a body where there is one: then it is a POST. */
  public static StoqStream ask(
      StoqConnection connection, String authority, String path, byte[] body) throws Exception {
    StoqStream stream = connection.openStream().get(WAIT.toSeconds(), TimeUnit.SECONDS);
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    // No dynamic table; :method GET (17) or POST (20) and :scheme https (23) of the static table.
    byte method = (byte) (body.length == 0 ? 0xd1 : 0xd4);
    fields.writeBytes(new byte[] {0, 0, method, (byte) 0xd7});
    writeLiteral(fields, 0x50, authority);
    writeLiteral(fields, 0x51, path);
    if (body.length > 0) {
      // quic-go takes a body for empty whose length isn't given.
      writeLiteral(fields, 0x54, Integer.toString(body.length));
    }
    try (OutputStream output = stream.outputStream(WAIT)) {
      writeFrame(output, FRAME_HEADERS, fields.toByteArray());
      if (body.length > 0) {
        writeFrame(output, FRAME_DATA, body);
      }
    }
    return stream;
  }

  /** A literal field line whose name is entry 0 to 14 of the static table. */
  private static void writeLiteral(ByteArrayOutputStream fields, int nameReference, String value) {
    byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length > 126) {
      throw new IllegalArgumentException("too long for one byte of length: " + value);
    }
    fields.write(nameReference);
    fields.write(bytes.length);
    fields.writeBytes(bytes);
  }

  private static void writeFrame(OutputStream output, int type, byte[] payload) throws IOException {
    output.write(type);
    int length = payload.length;
    output.write(
        new byte[] {
          (byte) (0x80 | (length >>> 24)),
          (byte) (length >>> 16),
          (byte) (length >>> 8),
          (byte) length
        });
    output.write(payload);
  }

  private static byte[] dataOf(byte[] frames) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int[] at = {0};
    while (at[0] < frames.length) {
      long type = readVarInt(frames, at);
      int length = (int) readVarInt(frames, at);
      if (type == FRAME_DATA) {
        data.write(frames, at[0], length);
      }
      at[0] += length;
    }
    return data.toByteArray();
  }

  private static long readVarInt(byte[] bytes, int[] at) {
    int length = 1 << ((bytes[at[0]] & 0xff) >>> 6);
    long value = bytes[at[0]++] & 0x3f;
    for (int i = 1; i < length; i++) {
      value = (value << 8) | (bytes[at[0]++] & 0xff);
    }
    return value;
  }
}
