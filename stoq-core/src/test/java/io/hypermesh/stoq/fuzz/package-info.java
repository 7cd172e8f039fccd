/**
 * Coverage-guided fuzzing: targets that take any bytes, and the corpus that was found for them.
 *
 * <p>{@link io.hypermesh.stoq.fuzz.FuzzTargets} lists them; {@code scripts/fuzz} runs Jazzer on
 * them; {@link io.hypermesh.stoq.fuzz.CorpusTest} replays what was found, without Jazzer.
 */
package io.hypermesh.stoq.fuzz;
