"""Completion of flags written as `--flag=value`, which each shell splits in its own way."""

from click.shell_completion import (
    BashComplete,
    FishComplete,
    ZshComplete,
    add_completion_class,
)

_ZSH_LOOP = "    for type key descr in ${response}; do\n"
_FISH = """
function %(complete_func)s;
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \
COMP_CWORD=(commandline -t) %(prog_name)s);
    set -l flag (string match -r -- '^--[^=]+=' (commandline -t); or echo "");

    for completion in $response;
        set -l item (string split -m 1 "," -- $completion);

        if test $item[1] = "dir";
            printf '%%s\\n' $flag(__fish_complete_directories $item[2]);
        else if test $item[1] = "file";
            printf '%%s\\n' $flag(__fish_complete_path $item[2]);
        else if test $item[1] = "plain";
            echo $flag$item[2];
        end;
    end;
end;

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)";
"""


class _Bash(BashComplete):
    """Bash, which splits `=` off as a word; click expects that for the last word only."""

    def get_completion_args(self) -> tuple[list[str], str]:
        args, text = super().get_completion_args()
        return [one for one in args if one != "="], text


class _Zsh(ZshComplete):
    """Zsh, which keeps the flag before the value with `compset`, and without `compadd -U`."""

    source_template = ZshComplete.source_template.replace(
        _ZSH_LOOP, f"    compset -P '--*='\n{_ZSH_LOOP}"
    ).replace("compadd -U", "compadd")


class _Fish(FishComplete):
    """Fish, which needs the flag before the value repeated; help may hold commas."""

    source_template = _FISH


def register() -> None:
    """Register these classes with click."""
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell)
