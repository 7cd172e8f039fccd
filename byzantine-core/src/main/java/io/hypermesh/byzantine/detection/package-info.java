/**
 * Misbehaviour that two signed statements prove. Start with {@link
 * io.hypermesh.byzantine.detection.Detector}.
 */
package io.hypermesh.byzantine.detection;
