package io.hypermesh.stoq.conformance;

import java.util.List;

/**
 * A rule that must be kept and closes no connection where the peer breaks it, and the test that
 * shows it kept.
 *
 * @param section the RFC and its section
 * @param rule what it asks for
 * @param test a test's class, below {@code io.hypermesh.stoq}, and its method
 */
record QuietRule(String section, String rule, String test) {
  static List<QuietRule> all() {
    return List.of(
        new QuietRule(
            "RFC 9000, 5.2.1",
            "a client drops a Version Negotiation packet that doesn't fit",
            "connection.NegotiationTest.shouldIgnoreAVersionNegotiationOnceTheServerHasAnswered"),
        new QuietRule(
            "RFC 9000, 6.1",
            "a Version Negotiation packet has the client's connection IDs swapped",
            "endpoint.StatelessAnswersTest.shouldAnswerAnotherVersionWithTheConnectionIdsSwapped"),
        new QuietRule(
            "RFC 9000, 6.2",
            "a client drops a Version Negotiation packet that has its own version",
            "connection.NegotiationTest"
                + ".shouldIgnoreAVersionNegotiationThatOffersTheVersionItAskedFor"),
        new QuietRule(
            "RFC 9000, 7.4.1",
            "streams of rejected early data are sent again within the new limits",
            "connection.ZeroRttTest"),
        new QuietRule(
            "RFC 9000, 8.1",
            "at most three times what came is sent to an address that isn't valid",
            "connection.ConnectionTest.shouldSendAtMostThreeTimesWhatCameToAnUnprovenAddress"),
        new QuietRule(
            "RFC 9000, 8.1.2",
            "a client comes back with the token of a Retry",
            "connection.NegotiationTest.shouldComeBackWithTheTokenOfARetry"),
        new QuietRule(
            "RFC 9000, 8.2 and 9.3.1",
            "little is sent to a path that isn't valid",
            "connection.PathAttackTest.shouldSendLittleToAnAddressThatIsNotValid"),
        new QuietRule(
            "RFC 9000, 9",
            "a client doesn't move before the handshake is confirmed",
            "connection.ActiveMigrationTest.shouldNotMoveBeforeTheHandshakeIsConfirmed"),
        new QuietRule(
            "RFC 9000, 9",
            "a client drops packets of an address that isn't the server's",
            "connection.ActiveMigrationTest.shouldNotBelieveAnAddressThatIsNotTheServers"),
        new QuietRule(
            "RFC 9000, 9.1",
            "a probe moves nothing",
            "connection.PathAttackTest.shouldNotMoveForProbes"),
        new QuietRule(
            "RFC 9000, 9.3",
            "only the packet with the highest number moves a connection",
            "connection.PathAttackTest.shouldNotMoveForAnOldPacket"),
        new QuietRule(
            "RFC 9000, 9.5",
            "no connection ID is used on two paths",
            "connection.ActiveMigrationTest.shouldMoveInTheMiddleOfATransferOnceThePathIsValid"),
        new QuietRule(
            "RFC 9000, 10.1",
            "the idle timeout is the smaller of both",
            "connection.ConnectionEndTest.shouldEndIdleAtTheSmallerOfTheTwoTimeouts"),
        new QuietRule(
            "RFC 9000, 10.2.1",
            "a closing endpoint answers ever more rarely",
            "connection.ClosingTest.shouldAnswerEverMoreRarelyButAfterASilence"),
        new QuietRule(
            "RFC 9000, 10.2.2",
            "a draining endpoint sends nothing",
            "connection.ClosingTest.shouldSayNothingWhileDraining"),
        new QuietRule(
            "RFC 9000, 10.2.3",
            "the application's reason isn't sent before 1-RTT",
            "connection.ConnectionEndTest"
                + ".shouldHideTheApplicationsReasonFromAPeerThatIsNotAuthenticated"),
        new QuietRule(
            "RFC 9000, 10.3",
            "a stateless reset is shorter than what it answers",
            "endpoint.StatelessAnswersTest.shouldResetWithLessThanWhatAskedForItAndWithTheIdsToken"),
        new QuietRule(
            "RFC 9000, 10.3",
            "what asks for an answer can be answered with a stateless reset",
            "connection.StatelessResetTest.shouldSendNoProbeThatAStatelessResetCouldNotAnswer"),
        new QuietRule(
            "RFC 9000, 10.3.1",
            "only the tokens of connection IDs in use count",
            "connection.StatelessResetTest.shouldCountOnlyTheTokensOfIdsInUse"),
        new QuietRule(
            "RFC 9000, 14.1",
            "a server drops an Initial in a datagram that is too small",
            "connection.ConnectionTest.shouldIgnoreAnInitialInTooSmallADatagram"),
        new QuietRule(
            "RFC 9000, 17.2.5.2",
            "a client drops a Retry with a wrong tag",
            "connection.NegotiationTest.shouldIgnoreARetryWithAWrongTag"),
        new QuietRule(
            "RFC 9001, 5.7",
            "1-RTT packets aren't taken before the handshake is complete",
            "connection.ConnectionTest.shouldOpenPacketsThatCameBeforeTheirKeys"),
        new QuietRule(
            "RFC 9001, 6.1",
            "keys aren't updated before the handshake is confirmed",
            "connection.KeyUpdateTest.shouldNotInitiateBeforeTheHandshakeIsConfirmed"),
        new QuietRule(
            "RFC 9001, 6.5",
            "the keys before are forgotten in time",
            "connection.KeyUpdateTest.shouldTakeALatePacketOfThePreviousPhaseAndForgetItsKeysInTime"),
        new QuietRule(
            "RFC 9001, 6.6",
            "no key protects more packets than it may",
            "connection.KeyUpdateTest.shouldEndBeforeAKeyIsUsedUpThatCanNotBeChanged"),
        new QuietRule(
            "RFC 9001, 9.2",
            "early data that comes a second time isn't taken",
            "handshake.EarlyDataRegisterProperties"),
        new QuietRule(
            "RFC 9002, 5 to 7",
            "the rules of loss detection and congestion control",
            "recovery.LossDetectionRequirementsTest"),
        new QuietRule(
            "RFC 9221, 3",
            "no DATAGRAM is sent to a peer that takes none, none longer than it takes",
            "connection.DatagramTest.shouldStayWithinTheFrameSizeThatThePeerAllows"),
        new QuietRule(
            "RFC 9287, 3.1",
            "the bit is kept for a peer that doesn't say otherwise",
            "connection.QuicBitTest.shouldKeepTheBitForAPeerThatDoesNotSayOtherwise"),
        new QuietRule(
            "RFC 9368, 4",
            "a forged Version Negotiation packet brings no connection down a version",
            "endpoint.VersionsTest.shouldNotLetAForgedVersionNegotiationBringItDown"),
        new QuietRule(
            "RFC 9369, 4",
            "a Retry is of the original version",
            "connection.VersionNegotiationTest.shouldTakeARetryOfTheOriginalVersionOnly"),
        new QuietRule(
            "RFC 9369, 4.1",
            "packets of the other version are taken only where they can be",
            "connection.VersionNegotiationTest.shouldTakePacketsOfTheOtherVersionOnlyWhereTheyCanBe"));
  }
}
