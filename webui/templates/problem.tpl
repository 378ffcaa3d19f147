% rebase('layout', title=sentence, here='')
<section class="{{'card' if user else 'door'}} problem">
<h1>{{sentence}}</h1>
<p>{{remedy}}</p>
% if detail:
%   with folded(t('problem.detail')):
<p class="mono">{{plain(detail, 600)}}</p>
%   end
% end
<p><a class="button" href="/">{{t('problem.home')}}</a></p>
</section>
