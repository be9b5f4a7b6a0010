"""Brian2 as C++ that stands alone: conductances, traces and rules as its documentation has them, all
rules in one network of as many neurons, on a SpikeGeneratorGroup. Compiling is not timed.

Brian2 moves membranes before spikes arrive, carve after (docs/model.md): one step of delay. A trace
is read as many decays later or earlier as that makes, which its jumps make up for."""
import os
import subprocess
import tempfile

import brian2
import numpy as np
from brian2 import Hz, NeuronGroup, Network, SpikeGeneratorGroup, Synapses, mV, ms, second

brian2.prefs.codegen.cpp.extra_compile_args_gcc = ["-O3", "-march=native", "-ffast-math", "-w",
                                                   "-std=c++11"]
SYSTEMS = ["Spiking"]
VERSIONS = [f"brian2 {brian2.__version__} (C++, -O3 -march=native -ffast-math)"]

CELL = """
dv/dt = ((El - v) + ge*(Ee - v) + gi*(Ei - v))/taum : volt (unless refractory)
dge/dt = -ge/taue : 1
dgi/dt = -gi/taui : 1
dxpost/dt = -xpost/tau : 1
alpha : 1
kappa : 1
beta : 1
gamma : 1
count : 1
"""
PLASTIC = """
w : 1
dxpre/dt = -xpre/tau : 1 (event-driven)
"""


def _network(problem):
    dt = problem.dt * second
    one = float(np.exp(-problem.dt / problem.tau)) # a step's decay
    names = dict(taum=20*ms, taue=5*ms, taui=10*ms, El=-60*mV, Ee=0*mV, Ei=-80*mV, Vt=-50*mV,
                 tau=problem.tau * second, eta=problem.eta, jump_pre=1 / one, jump_post=one)
    cell = NeuronGroup(problem.rules, CELL, threshold="v > Vt", refractory=5*ms + dt,
                       reset="v = El; count += 1; xpost += jump_post", method="exponential_euler",
                       namespace=names)
    cell.v = -60*mV
    for name in ("alpha", "kappa", "beta", "gamma"):
        setattr(cell, name, getattr(problem, name))
    afferents = [SpikeGeneratorGroup(units, spikes[:, 1], spikes[:, 0] * dt, sorted=True)
                 for units, spikes in zip((problem.excitatory, problem.inhibitory), problem.spikes)]
    excitatory = Synapses(afferents[0], cell, on_pre=f"ge_post += {problem.gains[0] * problem.weights[0]}")
    inhibitory = Synapses(
        afferents[1], cell, PLASTIC, namespace=names,
        on_pre=f"gi_post += {problem.gains[1]}*w\n"
               "w = clip(w + eta*(alpha_post + kappa_post*xpost_post), 0, inf)\nxpre += jump_pre",
        on_post="w = clip(w + eta*(beta_post + gamma_post*xpre), 0, inf)")
    inhibitory.pre.when = "after_resets"
    for synapses in (excitatory, inhibitory):
        synapses.connect()
    inhibitory.w = problem.weights[1]
    return cell, inhibitory, Network(cell, *afferents, excitatory, inhibitory)


def spiking(problem):
    device = brian2.device
    device.reinit()
    brian2.set_device("cpp_standalone", build_on_run=False)
    brian2.defaultclock.dt = problem.dt * second
    brian2.prefs.core.default_float_dtype = problem.dtype
    cell, inhibitory, network = _network(problem)
    # carve's last membrane step is Brian2's next one.
    network.run((problem.steps + 1) * problem.dt * second, namespace={})
    folder = tempfile.TemporaryDirectory()
    device.build(directory=folder.name, compile=True, run=False)
    files = [os.path.join(folder.name, device.get_array_filename(group.variables[name]))
             for group, name in ((inhibitory, "w"), (cell, "count"))]

    def run():
        subprocess.run(["./main"], cwd=folder.name, check=True, stdout=subprocess.DEVNULL)
        weights, count = (np.fromfile(file, problem.dtype) for file in files)
        return problem.result(weights.reshape(problem.inhibitory, problem.rules).T, count)
    run.folder = folder # is there as long as the function
    return run


def contenders(problem):
    return [("brian2", spiking(problem))]
