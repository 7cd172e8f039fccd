package io.hypermesh.stoq.fuzz;

import static io.hypermesh.stoq.fuzz.FuzzTargets.AUTHENTIC_FRAMES;
import static io.hypermesh.stoq.fuzz.FuzzTargets.CHANNEL_MESSAGES;
import static io.hypermesh.stoq.fuzz.FuzzTargets.EARLY_DATA;
import static io.hypermesh.stoq.fuzz.FuzzTargets.FIRST_DATAGRAM;
import static io.hypermesh.stoq.fuzz.FuzzTargets.FRAMES;
import static io.hypermesh.stoq.fuzz.FuzzTargets.PACKET_HEADERS;
import static io.hypermesh.stoq.fuzz.FuzzTargets.QLOG;
import static io.hypermesh.stoq.fuzz.FuzzTargets.REASSEMBLY;
import static io.hypermesh.stoq.fuzz.FuzzTargets.RESUMPTION;
import static io.hypermesh.stoq.fuzz.FuzzTargets.STORED_SESSIONS;
import static io.hypermesh.stoq.fuzz.FuzzTargets.TLS_CLIENT;
import static io.hypermesh.stoq.fuzz.FuzzTargets.TLS_MESSAGES;
import static io.hypermesh.stoq.fuzz.FuzzTargets.TLS_SERVER;
import static io.hypermesh.stoq.fuzz.FuzzTargets.TOKENS;
import static io.hypermesh.stoq.fuzz.FuzzTargets.TRANSPORT_PARAMETERS;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every class that reads bytes from elsewhere is reached by a fuzz target. */
class DecodersTest {
  private static final Path SOURCES = Path.of("src/main/java");

  /** Who reads what a peer, a network or a store gave, and who fuzzes that. */
  private static final Map<String, FuzzTargets> DECODERS =
      Map.ofEntries(
          entry("AckFrame", FRAMES),
          entry("FrameDecoder", FRAMES),
          entry("FrameDescriber", QLOG),
          entry("PacketHeader", PACKET_HEADERS),
          entry("TransportParameters", TRANSPORT_PARAMETERS),
          entry("TransportParametersCodec", TRANSPORT_PARAMETERS),
          entry("VersionInformation", TRANSPORT_PARAMETERS),
          entry("KeyedPacketProtection", AUTHENTIC_FRAMES),
          entry("PacketProtection", AUTHENTIC_FRAMES),
          entry("CryptoStream", REASSEMBLY),
          entry("PacketReceiver", EARLY_DATA),
          entry("Connection", AUTHENTIC_FRAMES),
          entry("Endpoint", FIRST_DATAGRAM),
          entry("EndpointAgent", FIRST_DATAGRAM), // only hands on
          entry("InitialCheck", FIRST_DATAGRAM),
          entry("CertificateMessage", TLS_CLIENT),
          entry("CertificateRequest", TLS_MESSAGES),
          entry("CertificateVerify", TLS_CLIENT),
          entry("ClientHello", TLS_SERVER),
          entry("EncryptedExtensions", TLS_CLIENT),
          entry("Extensions", TLS_SERVER),
          entry("NewSessionTicket", TLS_CLIENT),
          entry("OfferedPsks", RESUMPTION),
          entry("ServerHello", TLS_CLIENT),
          entry("ClientSession", STORED_SESSIONS),
          entry("RememberedParameters", STORED_SESSIONS),
          entry("ServerSession", RESUMPTION),
          entry("SessionTickets", RESUMPTION),
          entry("StoqSession", STORED_SESSIONS),
          entry("AddressTokens", TOKENS),
          entry("EndpointTokens", FIRST_DATAGRAM),
          entry("RetryTokens", TOKENS),
          entry("TokenSeal", TOKENS),
          entry("MessageAssembler", CHANNEL_MESSAGES));

  /** The names that such methods have in this module, and what they read from. */
  private static final Pattern DECLARATION =
      Pattern.compile(
          "^  (?:public |private |static |final |abstract )*[\\w<>@.?\\[\\]]+(?: [\\w@?\\[\\]]+)?"
              + " (?:decode|parse|wrap|open|isGood|openRetry|receive|accept|describe"
              + "|handleDatagram|unprotectHeader)"
              + "\\(\\s*(?:\\w+ \\w+, )?(?:byte\\[\\]|MemorySegment|HandshakeReader) ",
          Pattern.MULTILINE);

  @Test
  void shouldFuzzEveryDecoder() throws IOException {
    Set<String> found = new TreeSet<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.toString().contains("simulation"))
          .filter(file -> DECLARATION.matcher(read(file)).find())
          .forEach(file -> found.add(file.getFileName().toString().replace(".java", "")));
    }
    assertThat(found).hasSizeGreaterThan(20);
    assertThat(DECODERS.keySet()).containsAll(found);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
