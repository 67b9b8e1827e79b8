"""Start here: ``python3 -m medkit …`` in a checkout, ``medkit …`` once installed."""

import sys


def main(argv=None):
    """Make the environment if it is missing, then run the command.

    Parameters
    ----------
    argv : list of str, optional
        Arguments after the program's name; those of the process by default.

    Returns
    -------
    int
        Exit status.
    """
    argv = sys.argv[1:] if argv is None else argv
    # A console in another encoding, or a pipe on Windows, shows "?" where it has no such letter.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    from medkit import launcher

    status = launcher.prepare(argv)
    if status is not None:
        return status
    from medkit import cli

    return cli.run(argv)


if __name__ == "__main__":
    sys.exit(main())
