"""Exercises of ``13_ultrasound``: from the time of an echo to the speed of blood."""

import numpy as np

from medkit.course.answers import Matching, Number, Slip
from medkit.course.chapters import Chapter
from medkit.course.exercises import Exercise
from medkit.course.functions import Case, Function

DEPTH = Exercise(
    id="13_ultrasound.depth",
    title="How deep is the echo?",
    question=r"""
An echo comes back **52 µs** after the pulse was sent. At which depth, in **mm**, does the scanner
draw it? Sound runs at 1540 m/s.
""",
    answer=Number(
        1540 * 52e-6 / 2 * 1e3,
        unit="mm",
        right="13 µs for each centimetre, there and back: worth knowing by heart.",
        slips=(
            Slip(1540 * 52e-6 * 1e3, "That is the whole way. The pulse had to go there *and* "
                 "come back.", 0.5),
            Slip(343 * 52e-6 / 2 * 1e3, "That is the speed of sound in air; tissue is mostly "
                 "water, 1540 m/s.", 0.5),
            Slip(1540 * 52e-6 * 2e3, "Twice the way instead of half of it.", 0.25),
        ),
    ),
    hints=(
        "How far does sound run in 52 µs?",
        r"$z = c\,t/2$: half of that way, because the pulse has to come back.",
    ),
    starter="depth_mm = ...",
    solution_code="answer = 1540 * 52e-6 / 2 * 1000",
    explanation=r"$z = c\,t/2 = 1540 \cdot 52\cdot 10^{-6} / 2\ \mathrm{m} = 40\ \mathrm{mm}$.",
)  # fmt: skip


def _reflection(z1, z2):
    return ((z2 - z1) / (z2 + z1)) ** 2


_TISSUES = np.array([1.48, 1.40, 1.62, 6.87, 0.0004])

REFLECTION = Exercise(
    id="13_ultrasound.reflection",
    title="What a boundary sends back",
    question=r"""
Write a function that returns the part of the **intensity** that a flat boundary between the
impedances `z1` and `z2` sends back. Both may be arrays.
""",
    answer=Function(
        reference=_reflection,
        cases=(
            Case((1.63, 1.40), "muscle to fat"),
            Case((1.63, 0.0004), "muscle to air"),
            Case((1.63, 1.63), "no boundary at all"),
            Case((np.full(5, 1.63), _TISSUES), "muscle to five other tissues"),
        ),
        absolute=1e-12,
        right="Symmetric: it does not matter from which side the wave comes. And nearly 1 for "
        "air, which is why there is gel on the skin.",
        slips=(
            Slip(lambda z1, z2: (z2 - z1) / (z2 + z1), "That is the *amplitude*, with its sign; "
                 "intensity is its square.", 0.5),
            Slip(lambda z1, z2: 1 - _reflection(z1, z2), "That is the part that goes on.", 0.5),
            Slip(lambda z1, z2: (z2 - z1) ** 2 / (z2 + z1), "The sum has to be squared too.",
                 0.5),
            Slip(lambda z1, z2: (z2 / z1) ** 2, "Equal impedances must send back nothing: "
                 "you need their difference.", 0.25),
        ),
    ),
    hints=(
        "Without a boundary nothing comes back, and between water and vacuum everything.",
        r"$R = \left(\frac{Z_2 - Z_1}{Z_2 + Z_1}\right)^2$",
    ),
    starter="def reflection(z1, z2):\n    return ...",
    solution_code="def reflection(z1, z2):\n    return ((z2 - z1) / (z2 + z1)) ** 2\n\n\n"
    "answer = reflection",
    explanation="Pressure and velocity must be equal on both sides of the boundary; from this the "
    "amplitude follows, and its square is the intensity.",
)  # fmt: skip

PENETRATION = Exercise(
    id="13_ultrasound.penetration",
    title="How deep does it see?",
    question=r"""
A scanner can use echoes that are up to **90 dB** weaker than the pulse it sent. Tissue takes
**0.5 dB/cm/MHz**. Down to which depth, in **cm**, does a probe of **7.5 MHz** see? (Count the
attenuation only.)
""",
    answer=Number(
        90 / (2 * 0.5 * 7.5),
        unit="cm",
        right="Enough for a breast or a thyroid. For a liver you would take 3.5 MHz and accept "
        "the coarser picture.",
        slips=(
            Slip(90 / (0.5 * 7.5), "The echo has to come back as well: the way is twice the depth.",
                 0.5),
            Slip(90 / (2 * 0.5), "The loss is per centimetre *and per MHz*.", 0.5),
            Slip(90 / 0.5, "The loss is per MHz too, and the echo has to come back.", 0.25),
            Slip(2 * 0.5 * 7.5, "That is the loss in dB for each centimetre of depth. "
                 "How many centimetres make 90 dB?", 0.5),
            Slip(90 / (4 * 0.5 * 7.5), "The factor 2 came in twice; decibels of a level need no "
                 "other.", 0.5),
        ),
    ),
    hints=(
        "How many dB are lost for 1 cm of depth, there and back?",
        r"$2 \cdot 0.5 \cdot 7.5 = 7.5$ dB for each centimetre of depth.",
    ),
    starter="depth_cm = ...",
    solution_code="answer = 90 / (2 * 0.5 * 7.5)",
    explanation=r"$2\,\alpha f z = 90\ \mathrm{dB}$, so $z = 90/(2\cdot0.5\cdot7.5) = 12$ cm.",
)  # fmt: skip

_WAVELENGTH = 1.54 / 5

WIDTH = Exercise(
    id="13_ultrasound.width",
    title="How wide is a point?",
    question=r"""
An array of **16 mm** listens with **5 MHz** to a point at a depth of **48 mm**. How wide, in
**mm**, does the point look, by the rule $\lambda F_\#$?
""",
    answer=Number(
        _WAVELENGTH * 3,
        unit="mm",
        right="Nearly a millimetre, while along the beam the same pulse tells apart a quarter of "
        "one: points are wider than they are deep, and get wider with depth.",
        slips=(
            Slip(_WAVELENGTH / 3, "F# is depth over aperture, not aperture over depth.", 0.5),
            Slip(_WAVELENGTH, "That is the wavelength; the F-number is missing.", 0.5),
            Slip(3.0, "That is the F-number; times the wavelength, please.", 0.5),
            Slip(_WAVELENGTH * 1.5, "Half the aperture's angle is not needed here: "
                 "$F_\\# = z/D$ with the whole aperture.", 0.5),
            Slip(343 / 5e3 * 3, "That wavelength is the one in air.", 0.5),
        ),
    ),
    hints=(
        r"$\lambda = c/f$, and 1540 m/s is 1.54 mm/µs: what is it at 5 MHz?",
        r"$F_\# = \mathrm{depth}/\mathrm{aperture} = 48/16$.",
    ),
    starter="width_mm = ...",
    solution_code="answer = 1.54 / 5 * 48 / 16",
    explanation=r"$\lambda F_\# = 0.308\ \mathrm{mm} \cdot 3 = 0.92\ \mathrm{mm}$.",
)  # fmt: skip


def _arrival(elements_mm, x_mm, z_mm):
    return (z_mm + np.hypot(elements_mm - x_mm, z_mm)) / 1.54


_ROW = np.linspace(-9, 9, 7)

DELAYS = Exercise(
    id="13_ultrasound.delays",
    title="The delays of delay and sum",
    question=r"""
A plane wave is sent straight down at time 0 from $z = 0$. Write a function that returns when, in
**µs**, the echo of a point at (`x_mm`, `z_mm`) reaches the elements at `elements_mm` (an array of
places along $x$, all at $z = 0$). Sound runs at 1.54 mm/µs.
""",
    answer=Function(
        reference=_arrival,
        cases=(
            Case((np.array([0.0]), 0.0, 20.0), "the element right above the point"),
            Case((_ROW, 0.0, 20.0), "a point under the middle"),
            Case((_ROW, -6.0, 12.0), "a point aside"),
            Case((_ROW, 4.0, 1.0), "a point close to the skin"),
        ),
        right="This curve is the arc that you saw in the recordings. Reading every channel on it, "
        "and adding up, is all of delay and sum.",
        slips=(
            Slip(lambda e, x, z: np.hypot(e - x, z) / 1.54, "That is the way back only: "
                 "the wave had to reach the point first, `z_mm` below.", 0.5),
            Slip(lambda e, x, z: 2 * np.hypot(e - x, z) / 1.54, "A plane wave goes straight down "
                 "to the point: the way there is `z_mm` for all elements.", 0.5),
            Slip(lambda e, x, z: 0 * e + 2 * z / 1.54, "Elements aside are farther from the point: "
                 "the way back needs Pythagoras.", 0.5),
            Slip(lambda e, x, z: z + np.hypot(e - x, z), "That is the way in mm; divide by the "
                 "speed.", 0.75),
            Slip(lambda e, x, z: (z + np.hypot(e, z)) / 1.54, "The distance from an element is "
                 "`elements_mm - x_mm`, not `elements_mm`.", 0.75),
            Slip(lambda e, x, z: (z + np.abs(e - x) + z) / 1.54, "Sound takes the straight way, "
                 "not two sides of the triangle: `np.hypot`.", 0.5),
        ),
    ),
    hints=(
        "There: the plane front runs straight down. Back: from the point to each element.",
        r"$\tau = \frac{1}{c}\left(z + \sqrt{(x - x_e)^2 + z^2}\right)$",
    ),
    starter="def arrival(elements_mm, x_mm, z_mm):\n    return ...",
    solution_code="""
import numpy as np


def arrival(elements_mm, x_mm, z_mm):
    return (z_mm + np.hypot(elements_mm - x_mm, z_mm)) / 1.54


answer = arrival
""",
    explanation="The way there is the depth, the way back the distance of point and element.",
)  # fmt: skip

_NYQUIST = 1540 * 4000 / (4 * 5e6)

ALIASED = Exercise(
    id="13_ultrasound.aliased",
    title="The colour that lies",
    question=r"""
Blood runs **towards** the probe at **0.8 m/s**, at **60°** to the beam. The scanner sends **5 MHz**
at a PRF of **4 kHz**. Which velocity along the beam, in **m/s** and with its **sign** (plus is
towards the probe), does colour Doppler show?
""",
    answer=Number(
        0.4 - 2 * _NYQUIST,
        unit="m/s",
        right="It shows blood that runs *away*, at half the speed. Nothing in the picture says "
        "that it is wrong; only the sudden jump of colour, through the brightest shades, gives "
        "it away.",
        slips=(
            Slip(0.4, "That is the true speed along the beam. Is it below the Nyquist speed "
                 "$c\\cdot\\mathrm{PRF}/(4 f_0)$?", 0.5),
            Slip(0.8 - 2 * _NYQUIST, "Doppler sees only the part along the beam: take "
                 "$\\cos 60°$ first.", 0.5),
            Slip(_NYQUIST, "Too fast a flow is not cut off at the limit: it comes in again at the "
                 "other end.", 0.5),
            Slip(0.4 - _NYQUIST, "The whole range is from minus to plus Nyquist: fold by "
                 "*twice* the limit.", 0.5),
            Slip(2 * _NYQUIST - 0.4, "The size is right; it has changed its sign as well.", 0.5),
            Slip(0.8 * np.sin(np.pi / 3) - 2 * _NYQUIST, "The part *along* the beam has the "
                 "cosine, not the sine.", 0.5),
        ),
    ),
    hints=(
        r"First the part along the beam: $0.8 \cos 60°$.",
        r"The Nyquist speed is $c\cdot\mathrm{PRF}/(4 f_0) = 0.308$ m/s. What lies beyond comes in "
        "again at the other end.",
    ),
    starter="shown_m_s = ...",
    solution_code="import numpy as np\n\nnyquist = 1540 * 4000 / (4 * 5e6)\n"
    "answer = 0.8 * np.cos(np.deg2rad(60)) - 2 * nyquist",
    explanation=r"$0.8\cos 60° = 0.4$ m/s is beyond 0.308 m/s, so it is folded by "
    r"$2 \cdot 0.308$: $0.4 - 0.616 = -0.216$ m/s.",
)  # fmt: skip

SIGNS = Exercise(
    id="13_ultrasound.signs",
    title="What does the picture tell you?",
    question=r"""
Five signs, five causes. Give each sign one of `"attenuates little"`, `"attenuates much"`,
`"two mirrors"`, `"too few pulses"` and `"interference"`.

- `"tail"`: a bright band below a round black spot.
- `"dark band"`: everything below a bright spot is black.
- `"ladder"`: below the lung's surface, lines at equal distances, each weaker.
- `"blue core"`: in the middle of a red vessel, blue, with a rim of the brightest colours.
- `"grain"`: an even liver looks like sandpaper.
""",
    answer=Matching(
        truth={
            "tail": "attenuates little",
            "dark band": "attenuates much",
            "ladder": "two mirrors",
            "blue core": "too few pulses",
            "grain": "interference",
        },
        why={
            "tail": "the time gain makes up for a loss; what if there was none on the way?",
            "dark band": "how much sound is left behind something hard?",
            "ladder": "which echo takes the same way again and again?",
            "blue core": "what happens to a phase that turns by more than half a turn?",
            "grain": "many scatterers lie within one resolution cell; what do their echoes do?",
        },
        right="Each artefact breaks one assumption: that tissue attenuates evenly, that sound "
        "comes straight back, that a phase step is below half a turn.",
    ),
    hints=(
        "The scanner assumes: even attenuation, one echo for each place, phase steps below π.",
        "Two of the signs are about what was lost on the way, and one about echoes that came late.",
    ),
    starter='cause = {"tail": ..., "dark band": ..., "ladder": ..., "blue core": ..., '
    '"grain": ...}',
    solution_code="""
answer = {
    "tail": "attenuates little",
    "dark band": "attenuates much",
    "ladder": "two mirrors",
    "blue core": "too few pulses",
    "grain": "interference",
}
""",
    explanation="Enhancement, shadow, reverberation, aliasing and speckle: all but the last break "
    "an assumption of the scanner, and all of them also tell you something about the tissue.",
)

CHAPTER = Chapter(
    stem="13_ultrasound",
    title="Ultrasound",
    exercises=(DEPTH, REFLECTION, PENETRATION, DELAYS, WIDTH, ALIASED, SIGNS),
)
