"""Tables of in-situ holders, with times that are not regular."""

from __future__ import annotations

PROTOCHIPS = """Time, Notes, Channel A Current, Channel A Voltage
0, Date (yyyy.mm.dd) = 2014.10.08, 0, 0
0, Time (hh:mm:ss.ms) = 16:26:51.738, 0, 0
0, {unit}, 0, 0
0, Current units = Amps, 0, 0
0, Voltage units = Volts, 0, 0
0, , -6.5E-13, NaN
147, , 0.018, 40.0917
400, Pump = on, 0.019, 39.5
"""
DENS = """
16/04/'15 13:53\tDigiheater 3.1
R0 = 282.7\ta =  0.0000000\tb = 0.225\tc = 278.222
Tsample = 330 [ms]
sample\ttime\tTset[C]\tTmeas[C]\tPheat [mW]\tc
1\t23:59:59.50\t23.0\t15.091\t0.020229\t278.222\tnorm
2\t00:00:00.25\t50.0\t50.117\t0.268943\t278.222\tfine
"""
IMPULSE = """TimeStamp,Experiment time,Temperature Measured (degC),MixValve,Pin Measured
13:40:26.849,7.787,9.05,0; 0; 0,3.1
13:40:27.350,8.288,11.27,0; 0; 0,
13:40:28.900,9.812,13.5,0; 0; 1,3.25
"""
CONDITIONS = """Experiment date, 06-08-2021
Experiment time, 13:40:19
Sample, "Gold"
Room temperature, 21
Live notes, 13:46:46: one
13:46:52: two
"""


def write_protochips(path, unit="Time units = Milliseconds"):
    """Write a table of Protochips."""
    path.write_text(PROTOCHIPS.format(unit=unit))
    return path


def write_dens(path, text=DENS):
    """Write a log of a DENS heater."""
    path.write_text(text)
    return path


def write_impulse(folder, text=IMPULSE):
    """Write a table of Impulse and its conditions."""
    (folder / "Run_Metadata.log").write_text(CONDITIONS)
    path = folder / "Run_Synchronized data.csv"
    path.write_text(text)
    return path


MADE = {
    "SciFiReaders.protochips": lambda folder: [write_protochips(folder / "a.csv")],
    "SciFiReaders.dens_heater": lambda folder: [write_dens(folder / "a.dens")],
    "SciFiReaders.dens_impulse": lambda folder: [write_impulse(folder)],
}
