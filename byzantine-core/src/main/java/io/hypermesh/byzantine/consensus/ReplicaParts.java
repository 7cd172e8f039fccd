package io.hypermesh.byzantine.consensus;

import io.hypermesh.byzantine.Application;
import io.hypermesh.byzantine.Membership;
import io.hypermesh.byzantine.ReplicaSettings;
import io.hypermesh.byzantine.Signer;
import io.hypermesh.byzantine.Verifier;
import io.hypermesh.byzantine.message.Rules;
import java.time.InstantSource;

/** What a replica is made of. */
public record ReplicaParts(
    Membership membership,
    int self,
    Signer signer,
    Verifier verifier,
    Application application,
    ReplicaSettings settings,
    InstantSource clock,
    Rules rules) {}
