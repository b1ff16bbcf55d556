# Prints what bash offers after `headcount `, loaded as bash-completion loads it at the first request.
. /usr/share/bash-completion/bash_completion
__load_completion headcount
COMP_WORDS=(headcount '') COMP_CWORD=1 COMP_LINE='headcount ' COMP_POINT=10
_headcount headcount '' headcount
printf '%s\n' "${COMPREPLY[@]}"
