package io.hypermesh.stoq;

import static org.assertj.core.api.Assertions.assertThat;

import io.hypermesh.stoq.driver.DatagramHandler;
import io.hypermesh.stoq.driver.DriverKind;
import io.hypermesh.stoq.driver.ForwardingDatagramDriver;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What Wireshark's analyser makes of a connection, with and without its secrets. */
@Tag("interop")
@Timeout(60)
class CaptureTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final TestAuthority AUTHORITY = new TestAuthority("capture");
  private static final TestAuthority.Identity NODE = AUTHORITY.issue("Ed25519", "node.test", "::1");
  private static final String MESSAGE = "a message that only the secrets reveal";

  @TempDir Path folder;
  private Path capture;
  private Path keyLog;
  private int port;

  @BeforeAll
  static void requirePrograms() {
    Programs.require("tshark", "tshark");
  }

  /** Writes down what it sends and receives. */
  private static final class CapturingDriver extends ForwardingDatagramDriver {
    private final PcapWriter pcap;

    CapturingDriver(InetSocketAddress address, PcapWriter pcap) throws IOException {
      super(DriverKind.preferred().open(address));
      this.pcap = pcap;
    }

    @Override
    public void commit(int length, InetSocketAddress destination, int ecn) {
      MemorySegment space = claim();
      write(space, 0, length, localAddress(), destination);
      super.commit(length, destination, ecn);
    }

    @Override
    public int receive(DatagramHandler handler, int limit) throws IOException {
      return super.receive(
          (buffer, offset, length, source, ecn) -> {
            write(buffer, offset, length, source, localAddress());
            handler.onDatagram(buffer, offset, length, source, ecn);
          },
          limit);
    }

    private void write(
        MemorySegment buffer,
        long offset,
        int length,
        InetSocketAddress from,
        InetSocketAddress to) {
      try {
        pcap.write(from, to, buffer.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeEach
  void connectAndCapture() throws Exception {
    capture = folder.resolve("capture.pcap");
    keyLog = folder.resolve("keys.txt");
    List<String> secrets = Collections.synchronizedList(new ArrayList<>());
    try (PcapWriter pcap = new PcapWriter(capture);
        StoqEndpoint server = builder().listener(new EchoListener()).start();
        StoqEndpoint client =
            builder()
                .clientOnly()
                .keyLog(secrets::add)
                .driver(address -> new CapturingDriver(address, pcap))
                .start()) {
      port = server.localAddress().getPort();
      StoqConnection connection =
          client.connect(server.localAddress()).get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
      StoqStream stream = connection.openStream().get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
      try (OutputStream output = stream.outputStream(WAIT)) {
        output.write(MESSAGE.getBytes(StandardCharsets.UTF_8));
      }
      try (InputStream input = stream.inputStream(WAIT)) {
        assertThat(input.readAllBytes()).asString().isEqualTo(MESSAGE);
      }
    }
    Files.write(keyLog, secrets);
  }

  private static final class EchoListener implements StoqListener {
    @Override
    public void onStream(StoqStream stream) {
      Thread.startVirtualThread(() -> {
        try (InputStream input = stream.inputStream(WAIT);
            OutputStream output = stream.outputStream(WAIT)) {
          input.transferTo(output);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      });
    }
  }

  private static StoqEndpointBuilder builder() {
    return StoqEndpoint.builder()
        .bindAddress(ANY_PORT)
        .keyManager(NODE.keyManager())
        .trustManager(AUTHORITY.trustManager());
  }

  @Test
  void tsharkShouldDecodeQuicVersion1ButNoContentWithoutTheSecrets() throws Exception {
    String fields =
        tshark(List.of("-T", "fields", "-e", "quic.version", "-e", "tls.handshake.type"));

    assertThat(fields).contains("0x00000001");
    // ClientHello and ServerHello are open to everybody, as the Initial keys are.
    assertThat(fields.lines().flatMap(line -> List.of(line.split("[\\t,]")).stream()))
        .contains("1", "2")
        .doesNotContain("11", "15");
    assertThat(tshark(List.of("-V"))).doesNotContain(MESSAGE);
    assertThat(tshark(List.of("-Y", "quic.stream_data"))).isBlank();
  }

  @Test
  void tsharkShouldDecryptEverythingWithTheKeyLog() throws Exception {
    List<String> withSecrets = List.of("-o", "tls.keylog_file:" + keyLog);
    String streams = tshark(join(withSecrets, List.of("-T", "fields", "-e", "quic.stream_data")));

    String expected = HexFormat.of().formatHex(MESSAGE.getBytes(StandardCharsets.UTF_8));
    // Once there, once back.
    assertThat(streams.split(expected, -1)).hasSize(3);
    // Certificates of both sides, and both Finished.
    String types = tshark(join(withSecrets, List.of("-T", "fields", "-e", "tls.handshake.type")));
    assertThat(types.lines().flatMap(line -> List.of(line.split("[\\t,]")).stream()))
        .contains("1", "2", "8", "11", "13", "15", "20");
    assertThat(tshark(join(withSecrets, List.of("-Y", "quic.decryption_failed || _ws.malformed"))))
        .isBlank();
  }

  private static List<String> join(List<String> first, List<String> second) {
    List<String> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private String tshark(List<String> arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("tshark", "-r", capture.toString(), "-d", "udp.port==" + port + ",quic"));
    command.addAll(arguments);
    Path errors = folder.resolve("tshark-errors.txt");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try (InputStream output = process.getInputStream()) {
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
      return text;
    } finally {
      process.destroyForcibly();
    }
  }
}
