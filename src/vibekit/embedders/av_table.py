"""What each dimension of the embedder ``av`` is, and what is typical of short online videos."""

from __future__ import annotations

from typing import NamedTuple

TABLE_VERSION = 1
"""Counted up when a dimension, its centre or its scale changes: older vectors are then of another space."""


class Dimension(NamedTuple):
    """One measured number.

    Attributes:
        name: ``group.what``; ``.mean`` and ``.std`` are taken over time.
        unit: Of the measured value.
        centre: A typical value; becomes 0. What cannot be measured becomes 0 as well.
        scale: A typical deviation; one above the centre becomes 1.
        meaning: For people.
    """

    name: str
    unit: str
    centre: float
    scale: float
    meaning: str


# Centre: the median over 80 varied clips of 1 to 40 s (36 of them with sound). Scale: 1.48 times the median deviation,
# and at least half the standard deviation, so that what is rare does not become huge. Nearly all of those clips are
# single shots, so the numbers of cuts.rate are set by hand. Presence is 0 or 1 as it is.
DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("has.picture", "0 or 1", 0.0, 1.0, "there is a picture"),
    Dimension("has.motion", "0 or 1", 0.0, 1.0, "there are at least two pictures close enough to compare"),
    Dimension("has.sound", "0 or 1", 0.0, 1.0, "there is sound above -80 dBFS"),
    Dimension("colour.luma.mean", "0-1", 0.446, 0.138, "mean over time of: light"),
    Dimension("colour.contrast.mean", "0-1", 0.2, 0.0608, "mean over time of: deviation of light inside a picture"),
    Dimension("colour.dark_share.mean", "share", 0.072, 0.112, "mean over time of: pixels darker than 0.15"),
    Dimension("colour.bright_share.mean", "share", 0.02, 0.0706, "mean over time of: pixels lighter than 0.85"),
    Dimension("colour.saturation.mean", "0-1", 0.274, 0.192, "mean over time of: saturation (HSV)"),
    Dimension("colour.warmth.mean", "-1 to 1", 0.0371, 0.0791, "mean over time of: red less blue"),
    Dimension(
        "colour.green_tint.mean", "-1 to 1", 0.00324, 0.0266, "mean over time of: green less the mean of red and blue"
    ),
    Dimension(
        "colour.colourfulness.mean",
        "M3",
        33.6,
        21.6,
        "mean over time of: Hasler and Suesstrunk 2003: 0 grey, 33 moderate, 109 extreme",
    ),
    Dimension(
        "colour.luma_entropy.mean", "bits", 4.18, 0.491, "mean over time of: entropy of the histogram of light, 32 bins"
    ),
    Dimension(
        "texture.edge_density.mean", "share", 0.192, 0.11, "mean over time of: pixels whose gradient is above 0.08"
    ),
    Dimension("texture.edge_strength.mean", "0-1 a pixel", 0.0477, 0.0205, "mean over time of: mean gradient of light"),
    Dimension("texture.fine.mean", "0-1", 0.0213, 0.0105, "mean over time of: mean difference to the four neighbours"),
    Dimension(
        "texture.level.mean",
        "0-1",
        0.513,
        0.0559,
        "mean over time of: share of the gradient that is level edges, such as a horizon",
    ),
    Dimension("colour.luma.std", "0-1", 0.013, 0.0177, "deviation over time of: light"),
    Dimension(
        "colour.contrast.std", "0-1", 0.00795, 0.00856, "deviation over time of: deviation of light inside a picture"
    ),
    Dimension("colour.dark_share.std", "share", 0.00845, 0.0277, "deviation over time of: pixels darker than 0.15"),
    Dimension("colour.bright_share.std", "share", 0.00669, 0.0146, "deviation over time of: pixels lighter than 0.85"),
    Dimension("colour.saturation.std", "0-1", 0.0107, 0.013, "deviation over time of: saturation (HSV)"),
    Dimension("colour.warmth.std", "-1 to 1", 0.00578, 0.00916, "deviation over time of: red less blue"),
    Dimension(
        "colour.green_tint.std",
        "-1 to 1",
        0.00193,
        0.0039,
        "deviation over time of: green less the mean of red and blue",
    ),
    Dimension(
        "colour.colourfulness.std",
        "M3",
        1.35,
        1.74,
        "deviation over time of: Hasler and Suesstrunk 2003: 0 grey, 33 moderate, 109 extreme",
    ),
    Dimension(
        "colour.luma_entropy.std",
        "bits",
        0.0704,
        0.0959,
        "deviation over time of: entropy of the histogram of light, 32 bins",
    ),
    Dimension(
        "texture.edge_density.std",
        "share",
        0.0125,
        0.0123,
        "deviation over time of: pixels whose gradient is above 0.08",
    ),
    Dimension(
        "texture.edge_strength.std", "0-1 a pixel", 0.00261, 0.00246, "deviation over time of: mean gradient of light"
    ),
    Dimension(
        "texture.fine.std", "0-1", 0.00143, 0.00134, "deviation over time of: mean difference to the four neighbours"
    ),
    Dimension(
        "texture.level.std",
        "0-1",
        0.0106,
        0.0125,
        "deviation over time of: share of the gradient that is level edges, such as a horizon",
    ),
    Dimension("hue.red", "share", 0.0168, 0.0638, "pixels of the hue red"),
    Dimension("hue.orange", "share", 0.0984, 0.145, "pixels of the hue orange"),
    Dimension("hue.yellow", "share", 0.0101, 0.0551, "pixels of the hue yellow"),
    Dimension("hue.lime", "share", 0.000817, 0.0497, "pixels of the hue lime"),
    Dimension("hue.green", "share", 0.0, 0.0206, "pixels of the hue green"),
    Dimension("hue.mint", "share", 0.0, 0.0445, "pixels of the hue mint"),
    Dimension("hue.cyan", "share", 0.000636, 0.0496, "pixels of the hue cyan"),
    Dimension("hue.azure", "share", 0.016, 0.0769, "pixels of the hue azure"),
    Dimension("hue.blue", "share", 0.000204, 0.0181, "pixels of the hue blue"),
    Dimension("hue.violet", "share", 0.0, 0.00336, "pixels of the hue violet"),
    Dimension("hue.magenta", "share", 0.0, 0.00419, "pixels of the hue magenta"),
    Dimension("hue.rose", "share", 0.000241, 0.0144, "pixels of the hue rose"),
    Dimension("saturation.quarter_1", "share", 0.551, 0.364, "pixels in the lowest quarter of saturation"),
    Dimension("saturation.quarter_2", "share", 0.185, 0.168, "pixels in the second quarter of saturation"),
    Dimension("saturation.quarter_3", "share", 0.0838, 0.113, "pixels in the third quarter of saturation"),
    Dimension("saturation.quarter_4", "share", 0.0135, 0.0771, "pixels in the highest quarter of saturation"),
    Dimension("value.quarter_1", "share", 0.13, 0.155, "pixels in the darkest quarter of value (HSV)"),
    Dimension("value.quarter_2", "share", 0.268, 0.175, "pixels in the second quarter of value (HSV)"),
    Dimension("value.quarter_3", "share", 0.271, 0.198, "pixels in the third quarter of value (HSV)"),
    Dimension("value.quarter_4", "share", 0.15, 0.159, "pixels in the lightest quarter of value (HSV)"),
    Dimension("place.top_left", "-1 to 1", -0.00305, 0.11, "light of the top left ninth less that of the whole"),
    Dimension("place.top", "-1 to 1", 0.0406, 0.103, "light of the top ninth less that of the whole"),
    Dimension("place.top_right", "-1 to 1", 0.0281, 0.109, "light of the top right ninth less that of the whole"),
    Dimension("place.left", "-1 to 1", -0.00931, 0.0972, "light of the left ninth less that of the whole"),
    Dimension("place.centre", "-1 to 1", 0.00405, 0.111, "light of the centre ninth less that of the whole"),
    Dimension("place.right", "-1 to 1", -0.00467, 0.0926, "light of the right ninth less that of the whole"),
    Dimension("place.bottom_left", "-1 to 1", -0.031, 0.118, "light of the bottom left ninth less that of the whole"),
    Dimension("place.bottom", "-1 to 1", -0.0072, 0.12, "light of the bottom ninth less that of the whole"),
    Dimension(
        "place.bottom_right", "-1 to 1", -0.0164, 0.102, "light of the bottom right ninth less that of the whole"
    ),
    Dimension(
        "motion.change.mean",
        "0-1 in 1/8 s",
        0.024,
        0.0223,
        "mean change of light from picture to picture, cuts left out",
    ),
    Dimension("motion.change.std", "0-1 in 1/8 s", 0.01, 0.00783, "deviation of that change over time"),
    Dimension("motion.change.p50", "0-1 in 1/8 s", 0.0225, 0.0224, "its median"),
    Dimension("motion.change.p90", "0-1 in 1/8 s", 0.0392, 0.0296, "its 90th percentile"),
    Dimension("motion.still_share", "share", 0.0, 0.121, "of the time without change (below 0.003)"),
    Dimension("motion.growth", "0-1 in 1/8 s", -0.000364, 0.00701, "change in the second half less that in the first"),
    Dimension("motion.flicker", "0-1", 0.00332, 0.00298, "mean difference of the light of whole pictures"),
    Dimension(
        "motion.return", "-1 to 1", 0.647, 0.321, "correlation of the first and the last picture: a loop is near 1"
    ),
    Dimension("motion.speed.mean", "long sides/s", 0.0614, 0.0725, "mean speed of 8x8 blocks"),
    Dimension("motion.speed.p50", "long sides/s", 0.0498, 0.0686, "median of it over time"),
    Dimension("motion.speed.p90", "long sides/s", 0.0979, 0.115, "90th percentile of it over time"),
    Dimension("motion.speed.std", "long sides/s", 0.0313, 0.0344, "deviation of it over time"),
    Dimension(
        "motion.camera_share", "share", 0.163, 0.242, "of the time in which more than 60 % of the blocks move as one"
    ),
    Dimension("motion.camera_speed", "long sides/s", 0.0238, 0.0353, "speed of the median block"),
    Dimension("motion.camera_across", "long sides/s", 0.0066, 0.0224, "its part across"),
    Dimension("motion.camera_down", "long sides/s", 0.011, 0.0163, "its part up and down"),
    Dimension("motion.camera_zoom", "1/s", 0.0345, 0.0319, "how fast blocks leave or seek the middle"),
    Dimension("motion.own_speed", "long sides/s", 0.0464, 0.0475, "speed of blocks against the median block"),
    Dimension("cuts.rate", "1/s", 0.05, 0.15, "cuts"),
    Dimension("cuts.shot_median", "log2 s", 2.62, 1.35, "median length of a shot"),
    Dimension("cuts.shot_shortest", "log2 s", 2.57, 1.42, "shortest shot"),
    Dimension("cuts.shot_longest", "log2 s", 2.7, 1.03, "longest shot"),
    Dimension(
        "motion.compressed", "bits/pixel", 3.15, 1.38, "deflated differences of pictures: how unpredictable it is"
    ),
    Dimension("sound.loudness", "dBFS", -27.2, 14.7, "RMS level"),
    Dimension("sound.dynamics", "dB", 11.3, 9.38, "95th less 10th percentile of levels of 0.4 s"),
    Dimension("sound.onset_rate", "1/s", 2.87, 1.35, "onsets"),
    Dimension("sound.speech_share", "share", 0.141, 0.208, "of the time that beats like syllables; crude"),
    Dimension("sound.peak", "dBFS", -6.23, 7.45, "highest sample"),
    Dimension("sound.crest", "dB", 19.0, 6.34, "peak less RMS"),
    Dimension("sound.level.std", "dB", 6.61, 3.88, "deviation of levels of 0.1 s"),
    Dimension("sound.level.range", "dB", 20.0, 11.6, "95th less 5th percentile of levels of 0.1 s"),
    Dimension("sound.level.above_median", "dB", 8.14, 6.26, "95th percentile less median"),
    Dimension("sound.slope", "dB", -0.976, 8.33, "rise of the level from beginning to end, by a straight line"),
    Dimension("sound.silence_share", "share", 0.0, 0.164, "of the time below -50 dBFS"),
    Dimension("sound.level.change", "dB in 0.1 s", 3.3, 1.73, "mean change of the level"),
    Dimension("spectrum.centre.mean", "kHz", 0.907, 0.86, "mean of: centre of the spectrum"),
    Dimension("spectrum.width.mean", "kHz", 0.795, 0.568, "mean of: width of the spectrum"),
    Dimension("spectrum.rolloff.mean", "kHz", 1.51, 1.37, "mean of: frequency below which 85 % of the energy lie"),
    Dimension("spectrum.flat.mean", "0-1", 0.0439, 0.0528, "mean of: flatness: 0 a tone, 1 white noise"),
    Dimension(
        "spectrum.flux.mean",
        "0-1.41",
        0.474,
        0.09,
        "mean of: distance of neighbouring spectra (Hellinger times root 2)",
    ),
    Dimension("spectrum.centre.std", "kHz", 0.478, 0.411, "deviation of: centre of the spectrum"),
    Dimension("spectrum.width.std", "kHz", 0.348, 0.181, "deviation of: width of the spectrum"),
    Dimension("spectrum.rolloff.std", "kHz", 1.03, 0.772, "deviation of: frequency below which 85 % of the energy lie"),
    Dimension("spectrum.flat.std", "0-1", 0.0536, 0.0474, "deviation of: flatness: 0 a tone, 1 white noise"),
    Dimension(
        "spectrum.flux.std",
        "0-1.41",
        0.124,
        0.0444,
        "deviation of: distance of neighbouring spectra (Hellinger times root 2)",
    ),
    Dimension("spectrum.low_share", "share", 0.147, 0.19, "of the energy below 250 Hz"),
    Dimension("spectrum.middle_share", "share", 0.615, 0.329, "of the energy from 250 to 2000 Hz"),
    Dimension("spectrum.high_share", "share", 0.0547, 0.0807, "of the energy from 2 to 8 kHz"),
    Dimension("mfcc.0.mean", "", -56.5, 19.3, "mean of mel cepstral coefficient 0"),
    Dimension("mfcc.1.mean", "", 7.72, 8.68, "mean of mel cepstral coefficient 1"),
    Dimension("mfcc.2.mean", "", 0.168, 4.25, "mean of mel cepstral coefficient 2"),
    Dimension("mfcc.3.mean", "", -0.309, 2.42, "mean of mel cepstral coefficient 3"),
    Dimension("mfcc.4.mean", "", -0.81, 2.55, "mean of mel cepstral coefficient 4"),
    Dimension("mfcc.5.mean", "", -0.0189, 2.0, "mean of mel cepstral coefficient 5"),
    Dimension("mfcc.6.mean", "", -1.1, 1.31, "mean of mel cepstral coefficient 6"),
    Dimension("mfcc.7.mean", "", -0.231, 0.68, "mean of mel cepstral coefficient 7"),
    Dimension("mfcc.8.mean", "", -0.797, 0.709, "mean of mel cepstral coefficient 8"),
    Dimension("mfcc.9.mean", "", -0.0593, 0.732, "mean of mel cepstral coefficient 9"),
    Dimension("mfcc.10.mean", "", -0.683, 0.852, "mean of mel cepstral coefficient 10"),
    Dimension("mfcc.11.mean", "", -0.232, 0.54, "mean of mel cepstral coefficient 11"),
    Dimension("mfcc.12.mean", "", -0.298, 0.728, "mean of mel cepstral coefficient 12"),
    Dimension("mfcc.0.std", "", 8.21, 4.23, "deviation of mel cepstral coefficient 0"),
    Dimension("mfcc.1.std", "", 3.1, 1.88, "deviation of mel cepstral coefficient 1"),
    Dimension("mfcc.2.std", "", 2.57, 1.45, "deviation of mel cepstral coefficient 2"),
    Dimension("mfcc.3.std", "", 2.0, 0.967, "deviation of mel cepstral coefficient 3"),
    Dimension("mfcc.4.std", "", 1.68, 0.699, "deviation of mel cepstral coefficient 4"),
    Dimension("mfcc.5.std", "", 1.44, 0.438, "deviation of mel cepstral coefficient 5"),
    Dimension("mfcc.6.std", "", 1.38, 0.485, "deviation of mel cepstral coefficient 6"),
    Dimension("mfcc.7.std", "", 1.17, 0.292, "deviation of mel cepstral coefficient 7"),
    Dimension("mfcc.8.std", "", 1.15, 0.252, "deviation of mel cepstral coefficient 8"),
    Dimension("mfcc.9.std", "", 1.11, 0.313, "deviation of mel cepstral coefficient 9"),
    Dimension("mfcc.10.std", "", 1.1, 0.346, "deviation of mel cepstral coefficient 10"),
    Dimension("mfcc.11.std", "", 1.08, 0.314, "deviation of mel cepstral coefficient 11"),
    Dimension("mfcc.12.std", "", 1.08, 0.181, "deviation of mel cepstral coefficient 12"),
    Dimension("onsets.strength.mean", "log energy", 0.264, 0.158, "mean rise of energy in 24 bands in 20 ms"),
    Dimension("onsets.strength.std", "log energy", 0.245, 0.138, "its deviation"),
    Dimension("onsets.beat_confidence", "0-1", 0.136, 0.119, "how regularly onsets come, at 50 to 200 a minute"),
    Dimension(
        "onsets.tempo", "octaves", -0.0133, 0.113, "pace of that beat against 120 a minute, times the confidence"
    ),
    Dimension("together.motion_loudness", "-1 to 1", 0.0287, 0.26, "correlation of change and level over time"),
    Dimension("file.length", "log2 s", 2.78, 1.17, "length of the picture"),
    Dimension("file.shape", "log2", 0.667, 0.244, "width over height"),
    Dimension("file.bits", "log2 bits", 1.38, 1.19, "bits of the file for a pixel and second"),
)
"""In the order of the vector."""
