# Prints what zsh lists after `headcount ` and Ctrl-D: in a terminal, since it completes nothing elsewhere.
zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell 'stty cols 120; autoload -Uz compinit; compinit -u -D; PROMPT=rea""dy:'
# At its prompt, it reads Ctrl-D as a key.
zpty -r -m shell text '*ready:*'
zpty -n -w shell $'headcount \x04'
zpty -r -m shell text $'*\nview *'
print -r -- $text
zpty -d shell
