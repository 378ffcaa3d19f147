% rebase('layout', title=t('nav.help'), here='help')
% page_head(t('nav.help'), t('help.hint'))
% with card(t('help.title'), 'topics'):
<dl class="topics">
%   for topic in topics:
<dt>{{t('help.' + topic + '_q')}}</dt><dd>{{t('help.' + topic + '_a')}}</dd>
%   end
</dl>
% end
% if user is None:
<p><a class="button" href="/login">{{t('login.title')}}</a></p>
% end
