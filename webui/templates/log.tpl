% rebase('layout', title=t('log.title'), here='health')
<header class="page-head"><div>
<p class="quiet"><a href="/health">{{t('nav.health')}}</a></p>
<h1>{{t('log.title')}}</h1>
</div></header>
% if lines is None:
%   empty('health', t('log.journal'), t('log.journal_how'))
% else:
<p class="quiet">{{t('log.masked')}}</p>
<button type="button" class="plain" data-copy="#log" data-say-copied="{{t('log.copied')}}" hidden>{{t('log.copy')}}</button>
<pre class="card mono log" id="log" lang="en" tabindex="0" aria-label="{{t('log.title')}}">{{lines}}</pre>
% end
