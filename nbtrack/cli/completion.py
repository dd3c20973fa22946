from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_NBTRACK_COMPLETE"
WHERE = {
    "bash": 'eval "$(nbtrack completion bash)"  # in ~/.bashrc',
    "zsh": 'eval "$(nbtrack completion zsh)"  # in ~/.zshrc',
    "fish": "nbtrack completion fish > ~/.config/fish/completions/nbtrack.fish",
}


@click.command(epilog="\b\n" + "\n".join(WHERE.values()))
@click.argument("shell", type=click.Choice(list(WHERE)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, runs and experiments."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 click brings those of the three shells
    click.echo(kind(context.find_root().command, {}, "nbtrack", VARIABLE).source())
