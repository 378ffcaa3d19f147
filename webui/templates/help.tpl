% rebase('layout', title=t('nav.help'), here='help')
% page_head(t('nav.help'), t('help.hint'))
% with card(t('help.title'), 'topics'):
<dl class="topics">
%   for topic in topics:
<dt>{{t('help.' + topic + '_q')}}</dt><dd>{{t('help.' + topic + '_a_prefix', prefix=prefix) if prefix and topic in ('call', 'emergency') else t('help.' + topic + '_a')}}</dd>
%   end
</dl>
% end
% with card(t('help.card'), 'card'):
<p class="quiet">{{t('help.card_hint')}}</p>
%   for menu in menus:
<h3>{{menu.title[t.language]}}</h3>
<dl class="facts">
%     for command in (*menu.commands, *menu.also):
%       if command.keys:
<div><dt>{{' / '.join(command.keys)}}</dt><dd>{{command.does[t.language]}}</dd></div>
%       end
%     end
</dl>
%   end
% end
% with card(t('help.models'), 'models'):
<details><summary>{{t('help.models_hint')}}</summary>
<dl class="facts" lang="en">
%   for file in models:
<div><dt>{{file.name}}</dt><dd>{{file.licence}}</dd></div>
%   end
%   for source in sources:
<div><dt>{{source.name}}</dt><dd>{{source.licence}}</dd></div>
%   end
</dl></details>
% end
% if user is None:
<p><a class="button" href="/login">{{t('login.title')}}</a></p>
% end
