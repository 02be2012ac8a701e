"""The jobs of this repository; ``python3 noxfile.py`` runs the ones that must be green.

Nothing but Python 3.11 is needed: where nox is missing, this file first makes a home for
it in ``.nox/`` and starts again inside.  ``python3 noxfile.py --list`` shows the sessions;
arguments after ``--`` reach the tool of the session, as in ``-s tests -- tests/sidpy -x``.

Versions are not written here: the tools' stand in the root ``pyproject.toml``, every
distribution's own requirements in its ``packages/*/pyproject.toml``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
HOME_OF_NOX = ROOT / ".nox" / "_nox"

if sys.version_info < OLDEST:
    sys.exit(
        "noxfile.py needs Python {}.{} or newer; this is {} at {}.".format(
            *OLDEST, sys.version.split()[0], sys.executable
        )
    )

import tomllib

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TOOLS: dict[str, list[str]] = CONFIG["dependency-groups"]


# Making a home for nox: standard library only, and only until nox can be imported.


def start() -> int:
    """Run nox on the arguments of the command line, after installing it if necessary.

    Returns
    -------
    int
        The exit status; the outcome of nox where nox runs in another interpreter.
    """
    if nox_is_here():
        import nox

        sys.argv[1:1] = ["--noxfile", str(ROOT / "noxfile.py")]
        nox.main()  # ends in sys.exit
    python = ready_interpreter() or make_interpreter()
    if python is not None:
        return subprocess.call([python, __file__, *sys.argv[1:]])
    if install_beside():
        return start()
    sys.exit(
        f"nox could not be installed: {sys.executable} has neither venv nor pip, "
        "and there is no uv.\n"
        "On Debian or Ubuntu:  sudo apt install python3-venv\n"
        "Then run the same command again."
    )


def nox_is_here() -> bool:
    """Tell whether a nox that knows everything this file asks for can be imported."""
    from importlib import metadata

    beside = HOME_OF_NOX / "beside"
    if beside.is_dir() and ready() and str(beside) not in sys.path:
        # not through PYTHONPATH: the sessions would inherit it and find what they must not
        sys.path.insert(0, str(beside))
    try:
        found = metadata.version("nox")
    except metadata.PackageNotFoundError:
        return False
    return [int(part) for part in re.findall(r"\d+", found)[:3]] >= [2025, 2, 9]


def make_interpreter() -> str | None:
    """Make a virtual environment with nox in it, by uv or else by venv.

    Returns
    -------
    str or None
        The interpreter; None where neither tool works here.
    """
    python = str(interpreter())
    ways = []
    if uv := shutil.which("uv"):
        ways.append(
            (
                [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(HOME_OF_NOX)],
                [uv, "pip", "install", "--quiet", "--python", python, *TOOLS["nox"]],
            )
        )
    ways.append(
        (
            [sys.executable, "-m", "venv", "--clear", str(HOME_OF_NOX)],
            [python, "-m", "pip", "install", "--quiet", *TOOLS["nox"]],
        )
    )
    return python if any(succeeds(*way) for way in ways) else None


def install_beside() -> bool:
    """Install nox into a folder with pip alone; Debian's managed Python permits that."""
    return succeeds(
        [sys.executable, "-m", "pip", "install", "--quiet",
         "--target", str(HOME_OF_NOX / "beside"), *TOOLS["nox"]],
    )  # fmt: skip


def succeeds(*commands: list[str]) -> bool:
    """Run the commands in an emptied home of nox; mark the home as ready if all succeed."""
    shutil.rmtree(HOME_OF_NOX, ignore_errors=True)
    for command in commands:
        print("setting up nox:", " ".join(command[:4]), "...", flush=True)
        # a Debian without ensurepip explains itself at length on stdout; the next way may work
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode:
            print("  not this way:", (done.stdout.strip() or "no reason given").splitlines()[-1])
            return False
    (HOME_OF_NOX / "ready").write_text(recipe(), "utf-8")
    return True


def recipe() -> str:
    """Describe the home of nox that would be made now."""
    return "\n".join([sys.version, sys.executable, *TOOLS["nox"]])


def ready() -> bool:
    """Tell whether the home of nox was finished, by this Python and for these versions."""
    mark = HOME_OF_NOX / "ready"
    return mark.is_file() and mark.read_text("utf-8") == recipe()


def ready_interpreter() -> str | None:
    """Return the interpreter made by an earlier run, if it is the one needed now."""
    return str(interpreter()) if ready() and interpreter().is_file() else None


def interpreter() -> Path:
    """Return where a virtual environment keeps its interpreter."""
    place = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    return HOME_OF_NOX / place


if __name__ == "__main__":
    sys.exit(start())


# The sessions.

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "tests", "alone", "plugin"]
nox.options.error_on_missing_interpreters = True

PACKAGES = ("sidpy", "pynsid", "pyusid", "scifireaders", "pycroscopy")
ACME = "tests/plugins/acme-reader"
APPLICATIONS: dict[str, dict] = CONFIG["tool"]["downstream"]

#: Nothing of the user's own environment may answer an import, no window may open; what is
#: imported is compiled once, not again in each of the hundreds of processes that tests start.
CLEAN = {
    "PYTHONPATH": None,
    "PYTHONHOME": None,
    "PYTHONDONTWRITEBYTECODE": None,
    "MPLBACKEND": "Agg",
}


@nox.session
def lint(session: nox.Session) -> None:
    """Rules of style, formatting, and who may import whom."""
    install(session, PACKAGES, "lint", deps=False)
    session.run("ruff", "check", *session.posargs, env=CLEAN)
    session.run("ruff", "format", "--check", env=CLEAN)
    session.run("lint-imports", "--no-logo", "--config", "pyproject.toml", env=CLEAN)


@nox.session
def types(session: nox.Session) -> None:
    """Strict type checking of the core."""
    install(session, ("sidpy", "pynsid"), "types")
    session.run("mypy", *session.posargs, env=CLEAN)


@nox.session
def tests(session: nox.Session) -> None:
    """The whole test suite, all five distributions together and every optional library."""
    install(session, PACKAGES, "test", "optional")
    session.run("pytest", "-n", "2", *session.posargs, env=CLEAN)


@nox.session
@nox.parametrize("package", [nox.param(name, id=name) for name in PACKAGES])
def alone(session: nox.Session, package: str) -> None:
    """One distribution with its declared dependencies only: its tests, all of its modules.

    The session ``tests`` has run the same code: those that take long are left out here, and
    laws are tried with few examples.
    """
    present = closure(package)
    install(session, present, "test", editable=False)
    session.run(
        "pytest", "-n", "2", "-m", "not slow", "tests/together/test_modules.py",
        f"tests/{package}", *session.posargs,
        env=CLEAN | {"SIDPY_INSTALLED": " ".join(present)},
    )  # fmt: skip


@nox.session
def plugin(session: nox.Session) -> None:
    """A third party's reader, pip-installed beside sidpy alone, read through `sidpy.read`."""
    install(session, ("sidpy",), "test", editable=False)
    session.install(f"./{ACME}")
    session.run(
        "pytest", "tests/plugins", *session.posargs,
        env=CLEAN | {"SIDPY_PLUGIN_SESSION": "1"},
    )  # fmt: skip


@nox.session(venv_backend="uv", python=".".join(map(str, OLDEST)))
def lowest(session: nox.Session) -> None:
    """The whole test suite with the oldest versions the distributions claim to support."""
    install(session, PACKAGES, "test", "optional", extra=("--resolution", "lowest-direct"))
    # our oldest libraries meet the newest of theirs, and speak of each other's future
    calm = ("-W", "ignore::DeprecationWarning", "-W", "ignore::PendingDeprecationWarning")
    session.run("pytest", "-n", "2", *calm, *session.posargs, env=CLEAN)


@nox.session(venv_backend="uv")
def build(session: nox.Session) -> None:
    """Build wheel and sdist of all five, look inside, install the wheels and import."""
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    for package in PACKAGES:
        session.run("uv", "build", "--quiet", f"packages/{package}", "--out-dir", str(dist))
    session.install(*TOOLS["test"], *map(str, sorted(dist.glob("*.whl"))))
    session.run(
        "pytest", "tests/together/test_modules.py", "tests/together/test_archives.py",
        *session.posargs, env=CLEAN | {"SIDPY_DIST": str(dist)},
    )  # fmt: skip


@nox.session(venv_backend="uv")
@nox.parametrize("application", [nox.param(name, id=name) for name in APPLICATIONS])
def downstream(session: nox.Session, application: str) -> None:
    """An application's public release on our packages; ``-- NAME=FOLDER`` names a checkout."""
    facts = APPLICATIONS[application]
    home = Path(session.create_tmp()).resolve()
    overrides = home / "overrides.txt"
    overrides.write_text("\n".join(facts["overrides"]))
    options = ("--overrides", str(overrides), *facts["install"])
    try:
        install(session, PACKAGES, "test", extra=options)
    except nox.command.CommandFailed:
        session.error(
            f"{application} was not installed: this session needs a registry of packages"
        )
    env = CLEAN | {"HOME": str(home), "USERPROFILE": str(home)}  # its settings lie there
    if "released" in facts:
        # what applications take from older Pythons
        env["PYTHONPATH"] = str(ROOT / "tests" / "downstream" / "environment")
        env["SIDPY_UPSTREAM_PYTHON"] = released_python(session, home, options, facts)
    told = []
    for name in facts["tests"]:
        session.run("pytest", f"tests/downstream/{name}", env=env)
        told.append(f"our {name} passed")
    own = own_tests(session, application, home)
    if own is None:
        told.append(
            "its own tests DID NOT RUN: no archive has them, its repository was not reached"
        )
    else:
        run_own_tests(session, own, home, env, facts)
        told.append("its own tests passed")
    session.log(f"{application} on our packages: {'; '.join(told)}.")


@nox.session
def demo(session: nox.Session) -> None:
    """From a vendor's file to a picture, HDF5, an analysis and its history; or ``-- FILE``."""
    install(session, PACKAGES)
    arguments = [from_where_called(session, argument) for argument in session.posargs]
    session.run("python", "examples/demo.py", *arguments, env=CLEAN)


@nox.session
def bench(session: nox.Session) -> None:
    """One table per claim about speed and size; ``-- NAME`` runs the scripts of that name."""
    install(session, PACKAGES, "optional")
    scripts = [
        script
        for script in sorted((ROOT / "benchmarks").rglob("[!_]*.py"))
        if not session.posargs or script.stem in session.posargs
    ]
    broken = []
    for script in scripts:
        try:
            session.run("python", str(script), env=CLEAN)
        except nox.command.CommandFailed:
            broken.append(script.stem)  # the other tables are still wanted
    if broken or not scripts:
        session.error(f"claims that do not hold: {', '.join(broken) or 'no such script'}")


@nox.session
def notebooks(session: nox.Session) -> None:
    """The notebooks of ``examples/``, each from top to bottom in a kernel with ipympl."""
    install(session, PACKAGES, "test", "notebooks")
    tests = [f"tests/{package}/viz/test_notebook.py" for package in ("sidpy", "pycroscopy")]
    session.run("pytest", *tests, *session.posargs, env=CLEAN)


# What the sessions share.


def install(
    session: nox.Session,
    packages: tuple[str, ...],
    *groups: str,
    editable: bool = True,
    deps: bool = True,
    extra: tuple[str, ...] = (),
) -> None:
    """Install distributions of this repository and groups of pinned tools.

    Parameters
    ----------
    session : nox.Session
        Where.
    packages : tuple of str
        Folders below ``packages/``; siblings among them are taken from here.
    groups : str
        Groups of the root ``pyproject.toml``.
    editable : bool
        False installs what a user would get; True lets the tests follow the source.
    deps : bool
        False leaves out what the distributions require.
    extra : tuple of str
        Further options of the installer.
    """
    options = list(extra)
    for name in groups:
        options += TOOLS[name]
    if not deps:
        session.install(*options)
        options = ["--no-deps"]
    if not editable and session.venv_backend == "uv":
        # uv would take siblings from the workspace, and a folder as it was when last built
        options += ["--no-sources", *(f"--refresh-package={package}" for package in packages)]
    for package in packages:
        options += ["--editable"] * editable + [f"./packages/{package}"]
    session.install(*options)


def released_python(
    session: nox.Session, home: Path, options: tuple[str, ...], facts: dict
) -> str:
    """Return a Python with the application on the released packages, for comparing numbers."""
    python = (
        home / "released" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    )
    session.run("uv", "venv", "--quiet", "--clear", "--python", session.python or sys.executable,
                str(home / "released"))  # fmt: skip
    session.run(
        "uv", "pip", "install", "--quiet", "--python", str(python), *options, *facts["released"]
    )
    return str(python)


def own_tests(session: nox.Session, application: str, home: Path) -> Path | None:
    """Return the folder with an application's own tests.

    It is that of the checkout named on the command line, of the application's repository, or
    of what was installed.

    Returns
    -------
    Path or None
        None where there is none of them.
    """
    named = dict(argument.split("=", 1) for argument in session.posargs if "=" in argument)
    if application in named:
        return Path(session.invoked_from, named[application]).resolve() / "tests"
    checkout = home / application
    shutil.rmtree(checkout, ignore_errors=True)
    session.run(
        "git", "clone", "--quiet", "--depth=1", APPLICATIONS[application]["repository"],
        str(checkout), external=True, success_codes=range(256), env={"GIT_TERMINAL_PROMPT": "0"},
    )  # fmt: skip
    if (checkout / "tests").is_dir():
        return checkout / "tests"
    if "archived" not in APPLICATIONS[application]:
        return None
    where = session.run(
        "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", silent=True
    )
    (checkout / "tests").mkdir(parents=True)
    for name in APPLICATIONS[application]["archived"]:
        shutil.copy(Path(where.strip(), name), checkout / "tests")
    # what they read is in no archive: we simulate it
    session.run("python", "tests/downstream/simulated.py", str(checkout / "tests"), env=CLEAN)
    return checkout / "tests"


def run_own_tests(
    session: nox.Session, folder: Path, home: Path, env: dict[str, str | None], facts: dict
) -> None:
    """Run an application's tests against its release, not against the checkout around them."""
    chosen = [f"--deselect=tests/{test}" for test in facts.get("deselected", ())]
    chosen += [f"--ignore={folder / name}" for name in facts.get("ignored", ())]
    (home / "pytest.ini").write_text("[pytest]\n")
    with session.chdir(folder.parent):  # some read their data below the current folder
        session.run(
            "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
            "-c", str(home / "pytest.ini"), f"--rootdir={folder.parent}",
            *chosen, str(folder), env=env,
        )  # fmt: skip


def closure(package: str) -> tuple[str, ...]:
    """Return a distribution and the siblings it declares, directly or through another."""
    found = {package}
    declared = tomllib.loads((ROOT / "packages" / package / "pyproject.toml").read_text("utf-8"))
    for requirement in declared["project"]["dependencies"]:
        name = re.match(r"[\w.-]+", requirement)[0].lower()
        if name in PACKAGES:
            found.update(closure(name))
    return tuple(name for name in PACKAGES if name in found)


def from_where_called(session: nox.Session, argument: str) -> str:
    """Return a file's absolute path if the argument names one where the user stands."""
    path = Path(session.invoked_from) / argument
    return str(path) if path.exists() else argument
